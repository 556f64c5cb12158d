[(block) (declaration_list) (enum_member_declaration_list) (accessor_list) (switch_body) (switch_section)
 (initializer_expression)] @block
[(statement) (field_declaration) (property_declaration) (method_declaration) (constructor_declaration)
 (event_field_declaration) (delegate_declaration) (using_directive) (class_declaration) (interface_declaration)
 (struct_declaration) (record_declaration) (enum_declaration)] @statement

[(method_declaration) (constructor_declaration) (local_function_statement) (lambda_expression) (block)
 (for_statement) (foreach_statement) (catch_clause) (using_statement) (namespace_declaration)] @scope
[(class_declaration) (struct_declaration) (interface_declaration) (record_declaration)] @scope @members

[(string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)
 (interpolated_string_expression)] @string
(interpolation) @interpolation
(comment) @comment

(using_directive !name [(identifier) (qualified_name)] @import.source) @import
(using_directive name: (_) @import.name (qualified_name) @import.source) @import

((class_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((struct_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((record_declaration name: (_) @definition.name) @definition (#set! kind "class"))
((interface_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((enum_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((namespace_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((method_declaration name: (_) @definition.name) @definition (#set! kind "method"))
((method_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((constructor_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((local_function_statement name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((delegate_declaration name: (_) @definition.name) @definition (#set! kind "type"))
((property_declaration name: (_) @definition.name) @definition (#set! kind "field"))
((field_declaration (variable_declaration (variable_declarator name: (_) @definition.name))) @definition (#set! kind "field"))
((event_field_declaration (variable_declaration (variable_declarator name: (_) @definition.name))) @definition
  (#set! kind "field"))
((enum_member_declaration name: (_) @definition.name) @definition (#set! kind "constant"))

(variable_declarator name: (_) @local)
(foreach_statement left: (identifier) @local)
(catch_declaration name: (_) @local)
(declaration_pattern name: (_) @local)

(parameter_list) @parameters
(parameter name: (_) @parameter)
(parameter_list name: (identifier) @parameter)
(implicit_parameter) @parameter

(invocation_expression function: (_) @call.name arguments: (_) @call.arguments) @call
(object_creation_expression type: (_) @call.name arguments: (_) @call.arguments) @call
(member_access_expression expression: (_) @member.object name: (_) @member.name) @member
