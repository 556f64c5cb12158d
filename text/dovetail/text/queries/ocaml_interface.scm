; inherits: _ocaml
(open_module_signature module: (_) @import.source) @import
(include_module_type module_type: (_) @import.source) @import
((module_binding (module_name) @definition.name module_type: (signature) @definition.body) @definition
  (#set! kind "module"))
