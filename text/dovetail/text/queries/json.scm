[(object) (array)] @block
(pair) @statement
(string) @string
(comment) @comment
((document (object (pair key: (string) @definition.name) @definition)) (#set! kind "field"))
