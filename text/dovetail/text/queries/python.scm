(block) @block
[
  (assert_statement)
  (break_statement)
  (continue_statement)
  (delete_statement)
  (exec_statement)
  (expression_statement)
  (future_import_statement)
  (global_statement)
  (import_from_statement)
  (import_statement)
  (nonlocal_statement)
  (pass_statement)
  (print_statement)
  (raise_statement)
  (return_statement)
  (type_alias_statement)
  (class_definition)
  (decorated_definition)
  (for_statement)
  (function_definition)
  (if_statement)
  (match_statement)
  (try_statement)
  (while_statement)
  (with_statement)
  (case_clause)
] @statement

(function_definition) @scope
(lambda) @scope
(list_comprehension) @scope
(set_comprehension) @scope
(dictionary_comprehension) @scope
(generator_expression) @scope
(class_definition) @scope @members

(string) @string
(interpolation) @interpolation
(comment) @comment

(import_statement name: (dotted_name) @import.source @import.name) @import
(import_statement name: (aliased_import name: (dotted_name) @import.source alias: (identifier) @import.name)) @import
(import_from_statement module_name: (_) @import.source name: (dotted_name) @import.name) @import
(import_from_statement module_name: (_) @import.source name: (aliased_import alias: (identifier) @import.name)) @import
(import_from_statement module_name: (_) @import.source (wildcard_import)) @import
(future_import_statement "__future__" @import.source name: (dotted_name) @import.name) @import

((function_definition name: (identifier) @definition.name body: (_) @definition.body) @definition (#set! kind "function"))
((class_definition name: (identifier) @definition.name body: (_) @definition.body) @definition (#set! kind "class"))
((type_alias_statement left: (type (identifier) @definition.name)) @definition (#set! kind "type"))
((assignment left: (identifier) @definition.name) @definition (#set! kind "variable"))

(assignment left: [(pattern_list (identifier) @local) (tuple_pattern (identifier) @local)])
(for_statement left: [(identifier) @local (_ (identifier) @local)])
(for_in_clause left: [(identifier) @local (_ (identifier) @local)])
(as_pattern_target [(identifier) @local (_ (identifier) @local)])
(named_expression name: (identifier) @local)
(case_pattern (dotted_name . (identifier) @local .))
(splat_pattern (identifier) @local)

(parameters) @parameters
(parameters [
  (identifier) @parameter
  (typed_parameter . [(identifier) @parameter (_ (identifier) @parameter)])
  (default_parameter name: (identifier) @parameter)
  (typed_default_parameter name: (identifier) @parameter)
  (list_splat_pattern (identifier) @parameter)
  (dictionary_splat_pattern (identifier) @parameter)
])
(lambda_parameters [
  (identifier) @parameter
  (default_parameter name: (identifier) @parameter)
  (list_splat_pattern (identifier) @parameter)
  (dictionary_splat_pattern (identifier) @parameter)
])

(call function: (_) @call.name arguments: (argument_list) @call.arguments) @call
(attribute object: (_) @member.object attribute: (identifier) @member.name) @member
