[(block) (constructor_body) (class_body) (interface_body) (enum_body) (annotation_type_body) (switch_block)
 (switch_block_statement_group) (switch_rule) (array_initializer)] @block
[(statement) (field_declaration) (method_declaration) (constructor_declaration) (import_declaration)
 (explicit_constructor_invocation)] @statement

[(method_declaration) (constructor_declaration) (lambda_expression) (block) (for_statement) (enhanced_for_statement)
 (catch_clause) (try_with_resources_statement) (switch_block_statement_group)] @scope
[(class_body) (interface_body) (enum_body)] @scope @members

[(string_literal) (character_literal)] @string
[(line_comment) (block_comment)] @comment

(import_declaration (scoped_identifier name: (_) @import.name) @import.source .) @import
(import_declaration (scoped_identifier) @import.source (asterisk)) @import

((class_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((record_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((interface_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((annotation_type_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((enum_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((method_declaration name: (_) @definition.name) @definition (#set! kind "method"))
((method_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((constructor_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((field_declaration declarator: (variable_declarator name: (_) @definition.name)) @definition (#set! kind "field"))
((enum_constant name: (_) @definition.name) @definition (#set! kind "constant"))

(local_variable_declaration declarator: (variable_declarator name: (_) @local))
(enhanced_for_statement name: (_) @local)
(resource name: (_) @local)
(catch_formal_parameter name: (_) @local)
(instanceof_expression name: (_) @local)

[(formal_parameters) (inferred_parameters)] @parameters
(formal_parameter name: (_) @parameter)
(spread_parameter (variable_declarator name: (_) @parameter))
(lambda_expression parameters: (identifier) @parameter)
(inferred_parameters (identifier) @parameter)

(method_invocation name: (_) @call.name arguments: (_) @call.arguments) @call
(object_creation_expression type: (_) @call.name arguments: (_) @call.arguments) @call
(field_access object: (_) @member.object field: (_) @member.name) @member
(method_invocation object: (_) @member.object name: (_) @member.name) @member
