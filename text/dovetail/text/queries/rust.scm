[(block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block) (use_list)
 (field_initializer_list)] @block
[(expression_statement) (let_declaration) (use_declaration) (function_item) (function_signature_item) (struct_item)
 (enum_item) (union_item) (trait_item) (impl_item) (mod_item) (const_item) (static_item) (type_item)
 (macro_definition) (extern_crate_declaration) (field_declaration) (match_arm)] @statement

[(function_item) (closure_expression) (block) (for_expression) (if_expression) (while_expression) (match_arm)] @scope
[(impl_item) (trait_item) (field_declaration_list)] @scope @members

[(string_literal) (raw_string_literal) (char_literal)] @string
[(line_comment) (block_comment)] @comment

(use_declaration argument: [(identifier) @import.source (scoped_identifier) @import.source
  (scoped_use_list path: (_) @import.source) (use_wildcard (_) @import.source) (use_as_clause path: (_) @import.source)]) @import
(use_declaration argument: [(identifier) @import.name (scoped_identifier name: (_) @import.name)
                            (use_as_clause alias: (_) @import.name)])
(use_list [(identifier) @import.name (scoped_identifier name: (_) @import.name) (use_as_clause alias: (_) @import.name)])
(extern_crate_declaration name: (_) @import.source @import.name) @import
((mod_item name: (_) @import.source @import.name !body) @import)

((function_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((function_signature_item name: (_) @definition.name) @definition (#set! kind "function"))
((struct_item name: (_) @definition.name) @definition (#set! kind "class"))
((struct_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((enum_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((union_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((trait_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((impl_item type: [(type_identifier) @definition.name (generic_type type: (_) @definition.name)]
  body: (_) @definition.body) @definition (#set! kind "impl"))
((type_item name: (_) @definition.name) @definition (#set! kind "type"))
((mod_item name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((macro_definition name: (_) @definition.name) @definition (#set! kind "function"))
((const_item name: (_) @definition.name) @definition (#set! kind "constant"))
((static_item name: (_) @definition.name) @definition (#set! kind "variable"))
((field_declaration name: (_) @definition.name) @definition (#set! kind "field"))
((enum_variant name: (_) @definition.name) @definition (#set! kind "field"))

(let_declaration pattern: [(identifier) @local (_ (identifier) @local) (_ (_ (identifier) @local))])
(for_expression pattern: [(identifier) @local (_ (identifier) @local)])
(let_condition pattern: [(identifier) @local (_ (identifier) @local)])
(match_pattern [(identifier) @local (_ (identifier) @local)])

[(parameters) (closure_parameters)] @parameters
(parameter pattern: [(identifier) @parameter (_ (identifier) @parameter)])
(closure_parameters (identifier) @parameter)
(self_parameter (self) @parameter)

(call_expression function: (_) @call.name arguments: (arguments) @call.arguments) @call
(macro_invocation macro: (_) @call.name (token_tree) @call.arguments) @call
(field_expression value: (_) @member.object field: (_) @member.name) @member
(scoped_identifier path: (_) @member.object name: (_) @member.name) @member
