; inherits: _ecma
(jsx_element) @block
((class_body (field_definition property: (property_identifier) @definition.name) @definition) (#set! kind "field"))

(formal_parameters [
  (identifier) @parameter
  (assignment_pattern left: (identifier) @parameter)
  (rest_pattern (identifier) @parameter)
  (object_pattern [(shorthand_property_identifier_pattern) @parameter
                   (object_assignment_pattern left: (_) @parameter)
                   (pair_pattern value: (identifier) @parameter)])
  (array_pattern (identifier) @parameter)
])
