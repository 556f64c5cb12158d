[(block) (template_body) (enum_body) (case_block) (indented_block) (indented_cases) (case_clause)] @block
[(val_definition) (var_definition) (function_definition) (function_declaration) (class_definition) (trait_definition)
 (object_definition) (enum_definition) (type_definition) (given_definition) (import_declaration) (case_clause)
 (val_declaration) (var_declaration)] @statement
(block (_) @statement)
(indented_block (_) @statement)

[(function_definition) (lambda_expression) (block) (indented_block) (for_expression) (case_clause)] @scope
[(class_definition) (trait_definition) (object_definition) (enum_definition)] @scope @members

[(string) (interpolated_string_expression) (character_literal)] @string
(interpolation) @interpolation
[(comment) (block_comment)] @comment

(import_declaration) @import @import.source
(import_declaration (identifier) @import.name .)
(namespace_selectors [(identifier) @import.name (arrow_renamed_identifier alias: (_) @import.name)
                      (as_renamed_identifier alias: (_) @import.name)])

((class_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((class_definition name: (_) @definition.name) @definition (#set! kind "class"))
((trait_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((object_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((enum_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((type_definition name: (_) @definition.name) @definition (#set! kind "type"))
((function_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((function_declaration name: (_) @definition.name) @definition (#set! kind "function"))
((val_definition pattern: (identifier) @definition.name) @definition (#set! kind "variable"))
((var_definition pattern: (identifier) @definition.name) @definition (#set! kind "variable"))
((given_definition name: (_) @definition.name) @definition (#set! kind "variable"))
((simple_enum_case name: (_) @definition.name) @definition (#set! kind "constant"))

(val_definition pattern: (tuple_pattern (identifier) @local))
(enumerator . (identifier) @local)
(case_clause pattern: [(identifier) @local (typed_pattern pattern: (identifier) @local)
                       (case_class_pattern pattern: (identifier) @local)])

[(parameters) (class_parameters)] @parameters
(parameter name: (_) @parameter)
(class_parameter name: (_) @parameter)
(binding name: (_) @parameter)
(lambda_expression parameters: (identifier) @parameter)

(call_expression function: (_) @call.name arguments: (arguments) @call.arguments) @call
(instance_expression (_) @call.name arguments: (arguments) @call.arguments) @call
(field_expression value: (_) @member.object field: (_) @member.name) @member
