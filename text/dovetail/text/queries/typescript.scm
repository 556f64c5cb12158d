; inherits: _ecma
(interface_body) @block
(enum_body) @block
(object_type) @block
(public_field_definition) @statement
(property_signature) @statement
(method_signature) @statement

((interface_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((type_alias_declaration name: (_) @definition.name) @definition (#set! kind "type"))
((enum_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "type"))
((internal_module name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((module name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "module"))
((abstract_class_declaration name: (_) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((abstract_method_signature name: (_) @definition.name) @definition (#set! kind "method"))
((function_signature name: (_) @definition.name) @definition (#set! kind "function"))
((method_signature name: (_) @definition.name) @definition (#set! kind "method"))
((public_field_definition name: (_) @definition.name) @definition (#set! kind "field"))
((property_signature name: (_) @definition.name) @definition (#set! kind "field"))

(formal_parameters [(required_parameter pattern: (identifier) @parameter)
                    (optional_parameter pattern: (identifier) @parameter)
                    (required_parameter pattern: (rest_pattern (identifier) @parameter))
                    (required_parameter pattern: (object_pattern [
                      (shorthand_property_identifier_pattern) @parameter
                      (object_assignment_pattern left: (_) @parameter)
                      (pair_pattern value: (identifier) @parameter)]))
                    (required_parameter pattern: (array_pattern (identifier) @parameter))])
