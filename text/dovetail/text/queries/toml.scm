[(table) (table_array_element) (array) (inline_table)] @block
[(pair) (table) (table_array_element)] @statement
(string) @string
(comment) @comment

((table . (_) @definition.name) @definition (#set! kind "section"))
((table_array_element . (_) @definition.name) @definition (#set! kind "section"))
((document (pair . (_) @definition.name) @definition) (#set! kind "field"))
((table (pair . (_) @definition.name) @definition) (#set! kind "field"))
