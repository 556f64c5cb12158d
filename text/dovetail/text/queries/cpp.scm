; inherits: c
[(declaration_list)] @block
[(namespace_definition) (template_declaration) (alias_declaration) (using_declaration)] @statement
[(lambda_expression) (for_range_loop) (catch_clause) (namespace_definition)] @scope
(raw_string_literal) @string

((class_specifier name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((namespace_definition name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((alias_declaration name: (_) @definition.name) @definition (#set! kind "type"))
((function_definition declarator: (function_declarator
   declarator: [(field_identifier) (operator_name) (destructor_name)] @definition.name)
   body: (_)? @definition.body) @definition (#set! kind "method"))
((function_definition declarator: (_ (function_declarator
   declarator: [(field_identifier) (operator_name)] @definition.name))
   body: (_)? @definition.body) @definition (#set! kind "method"))
((function_definition declarator: (function_declarator declarator: (qualified_identifier
   scope: [(namespace_identifier) @definition.parent (template_type name: (_) @definition.parent)]
   name: (_) @definition.name)) body: (_) @definition.body) @definition (#set! kind "method"))
((function_definition declarator: (_ (function_declarator declarator: (qualified_identifier
   scope: [(namespace_identifier) @definition.parent (template_type name: (_) @definition.parent)]
   name: (_) @definition.name))) body: (_) @definition.body) @definition (#set! kind "method"))
((field_declaration declarator: [
    (function_declarator declarator: (field_identifier) @definition.name)
    (_ (function_declarator declarator: (field_identifier) @definition.name))
  ]) @definition (#set! kind "method"))

(structured_binding_declarator (identifier) @local)
(for_range_loop declarator: [(identifier) @local (_ (identifier) @local)])
(parameter_declaration declarator: (reference_declarator (identifier) @parameter))
(optional_parameter_declaration declarator: [(identifier) @parameter (_ (identifier) @parameter)])

(new_expression type: (_) @call.name arguments: (argument_list) @call.arguments) @call
(qualified_identifier scope: (_) @member.object name: (_) @member.name) @member
