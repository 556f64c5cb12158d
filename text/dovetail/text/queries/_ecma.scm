; What JavaScript, TypeScript and TSX share.
(statement_block) @block
(class_body) @block
(switch_body) @block
(switch_case) @block
(switch_default) @block
(object) @block
(statement) @statement
(method_definition) @statement
(switch_case) @statement
(switch_default) @statement

(function_declaration) @scope
(function_expression) @scope
(generator_function_declaration) @scope
(generator_function) @scope
(arrow_function) @scope
(method_definition) @scope
(statement_block) @scope
(for_statement) @scope
(for_in_statement) @scope
(catch_clause) @scope
(class_body) @scope @members

(string) @string
(template_string) @string
(regex) @string
(template_substitution) @interpolation
(comment) @comment

(import_statement source: (string) @import.source) @import
(import_clause (identifier) @import.name)
(namespace_import (identifier) @import.name)
(import_specifier !alias name: (identifier) @import.name)
(import_specifier alias: (identifier) @import.name)
(export_statement source: (string) @import.source) @import
((variable_declarator
  name: [(identifier) @import.name (object_pattern (shorthand_property_identifier_pattern) @import.name)]
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.source))) @import
  (#eq? @_require "require"))

((function_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((generator_function_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((class_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((method_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "method"))
((variable_declarator name: (identifier) @definition.name
  value: [(arrow_function body: (statement_block) @definition.body)
          (function_expression body: (_) @definition.body)]) @definition (#set! kind "function"))
((variable_declarator name: (identifier) @definition.name) @definition (#set! kind "variable"))

(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @local))
(variable_declarator name: (object_pattern (object_assignment_pattern left: (_) @local)))
(variable_declarator name: (object_pattern (pair_pattern value: (identifier) @local)))
(variable_declarator name: (object_pattern (rest_pattern (identifier) @local)))
(variable_declarator name: (array_pattern (identifier) @local))
(for_in_statement left: (identifier) @local)
(catch_clause parameter: (identifier) @local)

(formal_parameters) @parameters
(arrow_function parameter: (identifier) @parameter)

(call_expression function: (_) @call.name arguments: (arguments) @call.arguments) @call
(new_expression constructor: (_) @call.name arguments: (arguments) @call.arguments) @call
(member_expression object: (_) @member.object property: (_) @member.name) @member
