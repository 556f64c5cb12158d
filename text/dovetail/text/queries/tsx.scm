; inherits: typescript
(jsx_element) @block
