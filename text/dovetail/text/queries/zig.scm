[(block) (struct_declaration) (enum_declaration) (union_declaration) (error_set_declaration) (initializer_list)
 (switch_expression)] @block
[(expression_statement) (variable_declaration) (function_declaration) (if_statement) (for_statement)
 (while_statement) (defer_statement) (switch_case) (test_declaration) (container_field)] @statement

[(function_declaration) (block) (for_statement) (while_statement) (if_statement) (test_declaration)] @scope
[(struct_declaration) (enum_declaration) (union_declaration)] @scope @members

[(string) (multiline_string) (character)] @string
(comment) @comment

((variable_declaration (identifier) @import.name (builtin_function (builtin_identifier) @_import
   (arguments (string) @import.source))) @import (#eq? @_import "@import"))

((function_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((variable_declaration . (identifier) @definition.name
   [(struct_declaration) (union_declaration)]) @definition (#set! kind "class"))
((variable_declaration . (identifier) @definition.name
   [(enum_declaration) (error_set_declaration)]) @definition (#set! kind "type"))
((variable_declaration "const" . (identifier) @definition.name) @definition (#set! kind "constant"))
((variable_declaration "var" . (identifier) @definition.name) @definition (#set! kind "variable"))
((container_field name: (_) @definition.name) @definition (#set! kind "field"))

(payload (identifier) @local)
(variable_declaration (identifier) @local)

(parameters) @parameters
(parameter name: (_) @parameter)

(call_expression function: (_) @call.name . "(" @call.arguments) @call
(field_expression object: (_) @member.object member: (_) @member.name) @member
