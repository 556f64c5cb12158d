[(do) (local_binds) (class_declarations) (instance_declarations) (alternatives) (fields)] @block
(do (_) @statement)
[(function) (bind) (signature) (data_type) (newtype) (type_synonym) (class) (instance) (import) (alternative)] @statement

[(function) (bind) (lambda) (do) (alternative) (list_comprehension)] @scope

[(string) (char)] @string
[(comment) (haddock)] @comment

(import module: (module) @import.source) @import
(import alias: (module) @import.name)
(import_name variable: (variable) @import.name)
(import_name type: (_) @import.name)

((signature name: (variable) @definition.name) @definition (#set! kind "function"))
((function name: (variable) @definition.name match: (_) @definition.body) @definition (#set! kind "function"))
((bind name: (variable) @definition.name match: (_) @definition.body) @definition (#set! kind "variable"))
((data_type name: (_) @definition.name) @definition (#set! kind "type"))
((newtype name: (_) @definition.name) @definition (#set! kind "type"))
((type_synonym name: (_) @definition.name) @definition (#set! kind "type"))
((class name: (_) @definition.name declarations: (_) @definition.body) @definition (#set! kind "type"))
((data_constructor constructor: (_ name: (constructor) @definition.name)) @definition (#set! kind "constant"))
((field name: (field_name) @definition.name) @definition (#set! kind "field"))

(bind pattern: (variable) @local)
(bind name: (variable) @local)
(generator pattern: (variable) @local)
(alternative pattern: (_ (variable) @local))

(patterns) @parameters
(patterns [(variable) @parameter (_ (variable) @parameter) (_ (_ (variable) @parameter))])

(apply function: (_) @call.name argument: (_) @call.arguments) @call
(qualified module: (_) @member.object id: (_) @member.name) @member
