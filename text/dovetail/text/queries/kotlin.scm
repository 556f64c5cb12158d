[(block) (class_body) (enum_class_body) (lambda_literal) (when_expression)] @block
[(property_declaration) (function_declaration) (class_declaration) (object_declaration) (companion_object)
 (import) (type_alias) (for_statement) (while_statement) (do_while_statement) (if_expression) (when_expression)
 (try_expression) (return_expression) (throw_expression) (assignment) (anonymous_initializer) (when_entry)] @statement
(block (_) @statement)

[(function_declaration) (lambda_literal) (block) (for_statement) (catch_block) (anonymous_initializer)] @scope
[(class_declaration) (object_declaration) (companion_object)] @scope @members

[(string_literal) (multiline_string_literal) (character_literal)] @string
(interpolation) @interpolation
[(line_comment) (block_comment)] @comment

(import (qualified_identifier (identifier) @import.name .) @import.source .) @import
(import (qualified_identifier) @import.source (identifier) @import.name) @import
(import (qualified_identifier) @import.source "*") @import

((class_declaration "class" name: (_) @definition.name (class_body) @definition.body) @definition (#set! kind "class"))
((class_declaration "class" name: (_) @definition.name) @definition (#set! kind "class"))
((class_declaration "interface" name: (_) @definition.name) @definition (#set! kind "type"))
((object_declaration name: (_) @definition.name) @definition (#set! kind "class"))
((function_declaration name: (_) @definition.name) @definition (#set! kind "function"))
((function_declaration name: (_) @definition.name (function_body) @definition.body) @definition (#set! kind "function"))
((property_declaration (variable_declaration (identifier) @definition.name)) @definition (#set! kind "variable"))
((class_parameter ["val" "var"] (identifier) @definition.name) @definition (#set! kind "field"))
((enum_entry (identifier) @definition.name) @definition (#set! kind "constant"))
((type_alias type: (identifier) @definition.name) @definition (#set! kind "type"))

(for_statement (variable_declaration (identifier) @local))
(catch_block (identifier) @local)
(multi_variable_declaration (variable_declaration (identifier) @local))

[(function_value_parameters) (class_parameters)] @parameters
(parameter (identifier) @parameter)
(class_parameter (identifier) @parameter)
(lambda_parameters (variable_declaration (identifier) @parameter))

(call_expression . (_) @call.name (value_arguments) @call.arguments) @call
(navigation_expression (_) @member.object (identifier) @member.name .) @member
