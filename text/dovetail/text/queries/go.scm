(block) @block
(field_declaration_list) @block
(interface_type) @block
(literal_value) @block
(import_spec_list) @block
(expression_case) @block
(type_case) @block
(communication_case) @block
(default_case) @block
(_statement) @statement
(function_declaration) @statement
(method_declaration) @statement
(type_declaration) @statement
(const_declaration) @statement
(var_declaration) @statement
(import_declaration) @statement
(field_declaration) @statement

(function_declaration) @scope
(method_declaration) @scope
(func_literal) @scope
(block) @scope
(if_statement) @scope
(for_statement) @scope
(expression_switch_statement) @scope
(type_switch_statement) @scope
(expression_case) @scope
(type_case) @scope
(communication_case) @scope
(field_declaration_list) @scope @members
(interface_type) @scope @members

(interpreted_string_literal) @string
(raw_string_literal) @string
(rune_literal) @string
(comment) @comment

(import_spec !name path: (_ (_) @import.name) @import.source) @import
(import_spec name: (package_identifier) @import.name path: (_) @import.source) @import
(import_spec name: [(dot) (blank_identifier)] @import.name path: (_) @import.source) @import

((function_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((method_declaration
   receiver: (parameter_list (parameter_declaration type: [
     (type_identifier) @definition.parent
     (pointer_type [(type_identifier) @definition.parent (generic_type type: (_) @definition.parent)])
     (generic_type type: (_) @definition.parent)]))
   name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((type_spec name: (_) @definition.name) @definition (#set! kind "type"))
((type_alias name: (_) @definition.name) @definition (#set! kind "type"))
((method_elem name: (_) @definition.name) @definition (#set! kind "method"))
((field_declaration name: (_) @definition.name) @definition (#set! kind "field"))
((const_spec (identifier) @definition.name) @definition (#set! kind "constant"))
((var_spec (identifier) @definition.name) @definition (#set! kind "variable"))

(short_var_declaration left: (expression_list (identifier) @local))
(range_clause left: (expression_list (identifier) @local))
(receive_statement left: (expression_list (identifier) @local))
(type_switch_statement alias: (expression_list (identifier) @local))

(parameter_list) @parameters
(parameter_declaration name: (identifier) @parameter)
(variadic_parameter_declaration name: (identifier) @parameter)

(call_expression function: (_) @call.name arguments: (argument_list) @call.arguments) @call
(selector_expression operand: (_) @member.object field: (_) @member.name) @member
