import { accepted, asLines, refused } from './cases.ts'

accepted('structures', [
  ['y_structure_lonely_false', 'false', 'bool'],
  ['y_structure_lonely_int', '42', 'int64'],
  ['y_structure_lonely_negative_real', '-0.1', 'double'],
  ['y_structure_lonely_null', 'null', null],
  ['y_structure_lonely_string', '"asd"', 'string'],
  ['y_structure_lonely_true', 'true', 'bool'],
  ['y_structure_string_empty', '""', 'string'],
  ['y_structure_true_in_array', '[true]', { list: 'bool' }],
  ['y_structure_whitespace_array', ' [] ', null],
])

refused('structures', [
  ['n_structure_U+2060_word_joined', '[\u2060]', 'not_json'],
  ['n_structure_angle_bracket_.', '<.>', 'not_json'],
  ['n_structure_angle_bracket_null', '[<null>]', 'not_json'],
  ['n_structure_array_trailing_garbage', '[1]x', 'not_json'],
  ['n_structure_array_with_extra_array_close', '[1]]', 'not_json'],
  ['n_structure_array_with_unclosed_string', '["asd]', 'not_json'],
  ['n_structure_ascii-unicode-identifier', 'aå', 'not_json'],
  ['n_structure_capitalized_True', '[True]', 'not_json'],
  ['n_structure_close_unopened_array', '1]', 'not_json'],
  ['n_structure_comma_instead_of_closing_brace', '{"x": true,', 'not_json'],
  ['n_structure_double_array', '[][]', 'not_json'],
  ['n_structure_end_array', ']', 'not_json'],
  ['n_structure_lone-open-bracket', '[', 'not_json'],
  ['n_structure_null-byte-outside-string', '[\0]', 'not_json'],
  ['n_structure_number_with_trailing_garbage', '2@', 'not_json'],
  ['n_structure_object_followed_by_closing_object', '{}}', 'not_json'],
  ['n_structure_object_unclosed_no_value', '{"":', 'not_json'],
  ['n_structure_object_with_comment', '{"a":/*comment*/"b"}', 'not_json'],
  ['n_structure_object_with_trailing_garbage', '{"a": true} "x"', 'not_json'],
  ['n_structure_open_array_apostrophe', "['", 'not_json'],
  ['n_structure_open_array_comma', '[,', 'not_json'],
  ['n_structure_open_array_open_object', '[{', 'not_json'],
  ['n_structure_open_array_open_string', '["a', 'not_json'],
  ['n_structure_open_array_string', '["a"', 'not_json'],
  ['n_structure_open_object', '{', 'not_json'],
  ['n_structure_open_object_close_array', '{]', 'not_json'],
  ['n_structure_open_object_comma', '{,', 'not_json'],
  ['n_structure_open_object_open_array', '{[', 'not_json'],
  ['n_structure_open_object_open_string', '{"a', 'not_json'],
  ['n_structure_open_object_string_with_apostrophes', "{'a'", 'not_json'],
  ['n_structure_open_open', '["\\{["\\{["\\{["\\{', 'not_json'],
  ['n_structure_single_star', '*', 'not_json'],
  ['n_structure_trailing_#', '{"a":"b"}#{}', 'not_json'],
  ['n_structure_uescaped_LF_before_string', '[\\u000A""]', 'not_json'],
  ['n_structure_unclosed_array', '[1', 'not_json'],
  ['n_structure_unclosed_array_partial_null', '[ false, nul', 'not_json'],
  ['n_structure_unclosed_array_unfinished_false', '[ true, fals', 'not_json'],
  ['n_structure_unclosed_array_unfinished_true', '[ false, tru', 'not_json'],
  ['n_structure_unclosed_object', '{"asd":"asd"', 'not_json'],
  ['n_structure_unicode-identifier', 'å', 'not_json'],
  ['n_structure_whitespace_U+2060_word_joiner', '[\u2060]', 'not_json'],
  ['n_structure_whitespace_formfeed', '[\f]', 'not_json'],
])

refused('nested deeper than limits.maxDepth, before it is known whether it would be JSON', [
  ['i_structure_500_nested_arrays', '['.repeat(500) + ']'.repeat(500), 'too_deep'],
  ['n_structure_100000_opening_arrays', '['.repeat(100_000), 'too_deep'],
  ['n_structure_open_array_object', '[{"":'.repeat(50_000), 'too_deep'],
])

asLines('the deepest line is 64 levels deep', [
  ['64 objects', `${'{"a":'.repeat(63)}{}${'}'.repeat(63)}`, { rows: 1 }],
  ['65 objects', `${'{"a":'.repeat(64)}{}${'}'.repeat(64)}`, { rejects: ['too_deep'] }],
  ['an object with 63 lists', `{"a":${'['.repeat(63)}1${']'.repeat(63)}}`, { rows: 1 }],
  ['an object with 64 lists', `{"a":${'['.repeat(64)}1${']'.repeat(64)}}`, { rejects: ['too_deep'] }],
  ['lists one after another', `{"a":[${Array(200).fill('[1]').join()}]}`, { rows: 1 }],
])

asLines('a newline ends a line, whatever it is in', [
  ['y_array_with_1_and_newline', '[1\n]', { rejects: ['not_json', 'not_json'] }],
  ['y_object_with_newlines', '{\n"a": "b"\n}', { rejects: ['not_json', 'not_json', 'not_json'] }],
  ['y_structure_trailing_newline', '["a"]\n', { rejects: ['not_object'] }],
  ['the same of an object', '{"a":1}\n', { rows: 1 }],
  ['n_array_newlines_unclosed', '["a",\n4\n,1,', { rejects: ['not_json', 'not_object', 'not_json'] }],
  ['n_array_unclosed_with_new_lines', '[1,\n1\n,1', { rejects: ['not_json', 'not_object', 'not_json'] }],
  ['n_string_unescaped_newline', '["new\nline"]', { rejects: ['not_json', 'not_json'] }],
])

asLines('white space', [
  ['n_structure_no_data', '', {}],
  ['n_single_space', ' ', { blank: 1 }],
  ['empty lines', '\n\n', { blank: 2 }],
  ['CRLF', '{"a":1}\r\n\r\n{"a":2}\r\n', { rows: 2, blank: 1 }],
  ['around every token', ' \t\r{ \t\r"a" \t\r: \t\r[ \t\r1 \t\r, \t\r2 \t\r] \t\r} \t\r', { rows: 1 }],
  ['no-break space', '{"a":\u00a01}', { rejects: ['not_json'] }],
  ['vertical tab', '\v', { rejects: ['not_json'] }],
  ['NUL', '\0', { rejects: ['not_json'] }],
])
