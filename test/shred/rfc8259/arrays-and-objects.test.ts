import type { FieldJson, TypeJson } from '../../../lib/shred/schema-json.ts'
import { accepted, refused } from './cases.ts'

const struct = (...fields: readonly (readonly [string, TypeJson])[]): { struct: FieldJson[] } => ({
  struct: fields.map(([name, type]) => ({ name, type })),
})
const LONG = 'x'.repeat(40)

accepted('arrays', [
  ['y_array_arraysWithSpaces', '[[]   ]', null],
  ['y_array_empty', '[]', null],
  ['y_array_empty-string', '[""]', { list: 'string' }],
  ['y_array_ending_with_newline', '["a"]', { list: 'string' }],
  ['y_array_false', '[false]', { list: 'bool' }],
  ['y_array_heterogeneous', '[null, 1, "1", {}]', { list: 'json' }],
  ['y_array_null', '[null]', null],
  ['y_array_with_leading_space', ' [1]', { list: 'int64' }],
  ['y_array_with_several_null', '[1,null,null,null,2]', { list: 'int64' }],
  ['y_array_with_trailing_space', '[2] ', { list: 'int64' }],
])

accepted('objects', [
  ['y_object', '{"asd":"sdf", "dfg":"fgh"}', struct(['asd', 'string'], ['dfg', 'string'])],
  ['y_object_basic', '{"asd":"sdf"}', struct(['asd', 'string'])],
  ['y_object_duplicated_key', '{"a":"b","a":"c"}', struct(['a', 'string'])],
  ['y_object_duplicated_key_and_value', '{"a":"b","a":"b"}', struct(['a', 'string'])],
  ['y_object_empty', '{}', null],
  ['y_object_empty_key', '{"":0}', { struct: [{ name: '_empty', key: '', type: 'int64' }] }],
  ['y_object_escaped_null_in_key', '{"foo\\u0000bar": 42}', struct(['foo\0bar', 'int64'])],
  ['y_object_extreme_numbers', '{ "min": -1.0e+28, "max": 1.0e+28 }', struct(['min', 'double'], ['max', 'double'])],
  [
    'y_object_long_strings',
    `{"x":[{"id": "${LONG}"}], "id": "${LONG}"}`,
    struct(['x', { list: struct(['id', 'string']) }], ['id', 'string']),
  ],
  ['y_object_simple', '{"a":[]}', null],
  [
    'y_object_string_unicode',
    '{"title":"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430" }',
    struct(['title', 'string']),
  ],
  // Names are compared as they are, without normalization.
  ['object_key_nfc_nfd', '{"é":"NFC","e\u0301":"NFD"}', struct(['é', 'string'], ['e\u0301', 'string'])],
  ['object_key_nfd_nfc', '{"e\u0301":"NFD","é":"NFC"}', struct(['e\u0301', 'string'], ['é', 'string'])],
  // Of equal keys the last one counts, and the others not even for the type.
  ['object_same_key_different_values', '{"a":1,"a":2}', struct(['a', 'int64'])],
  ['object_same_key_same_value', '{"a":1,"a":1}', struct(['a', 'int64'])],
  ['object_same_key_unclear_values', '{"a":0, "a":-0}', struct(['a', 'double'])],
])

refused('arrays', [
  ['n_array_1_true_without_comma', '[1 true]', 'not_json'],
  ['n_array_colon_instead_of_comma', '["": 1]', 'not_json'],
  ['n_array_comma_after_close', '[""],', 'not_json'],
  ['n_array_comma_and_number', '[,1]', 'not_json'],
  ['n_array_double_comma', '[1,,2]', 'not_json'],
  ['n_array_double_extra_comma', '["x",,]', 'not_json'],
  ['n_array_extra_close', '["x"]]', 'not_json'],
  ['n_array_extra_comma', '["",]', 'not_json'],
  ['n_array_incomplete', '["x"', 'not_json'],
  ['n_array_incomplete_invalid_value', '[x', 'not_json'],
  ['n_array_inner_array_no_comma', '[3[4]]', 'not_json'],
  ['n_array_items_separated_by_semicolon', '[1:2]', 'not_json'],
  ['n_array_just_comma', '[,]', 'not_json'],
  ['n_array_just_minus', '[-]', 'not_json'],
  ['n_array_missing_value', '[   , ""]', 'not_json'],
  ['n_array_number_and_comma', '[1,]', 'not_json'],
  ['n_array_number_and_several_commas', '[1,,]', 'not_json'],
  ['n_array_spaces_vertical_tab_formfeed', '["\va"\\f]', 'not_json'],
  ['n_array_star_inside', '[*]', 'not_json'],
  ['n_array_unclosed', '[""', 'not_json'],
  ['n_array_unclosed_trailing_comma', '[1,', 'not_json'],
  ['n_array_unclosed_with_object_inside', '[{}', 'not_json'],
  ['n_incomplete_false', '[fals]', 'not_json'],
  ['n_incomplete_null', '[nul]', 'not_json'],
  ['n_incomplete_true', '[tru]', 'not_json'],
])

refused('objects', [
  ['n_object_bad_value', '["x", truth]', 'not_json'],
  ['n_object_bracket_key', '{[: "x"}', 'not_json'],
  ['n_object_comma_instead_of_colon', '{"x", null}', 'not_json'],
  ['n_object_double_colon', '{"x"::"b"}', 'not_json'],
  ['n_object_emoji', '{🇨🇭}', 'not_json'],
  ['n_object_garbage_at_end', '{"a":"a" 123}', 'not_json'],
  ['n_object_key_with_single_quotes', "{key: 'value'}", 'not_json'],
  ['n_object_missing_colon', '{"a" b}', 'not_json'],
  ['n_object_missing_key', '{:"b"}', 'not_json'],
  ['n_object_missing_semicolon', '{"a" "b"}', 'not_json'],
  ['n_object_missing_value', '{"a":', 'not_json'],
  ['n_object_no-colon', '{"a"', 'not_json'],
  ['n_object_non_string_key', '{1:1}', 'not_json'],
  ['n_object_non_string_key_but_huge_number_instead', '{9999E9999:1}', 'not_json'],
  ['n_object_repeated_null_null', '{null:null,null:null}', 'not_json'],
  ['n_object_several_trailing_commas', '{"id":0,,,,,}', 'not_json'],
  ['n_object_single_quote', "{'a':0}", 'not_json'],
  ['n_object_trailing_comma', '{"id":0,}', 'not_json'],
  ['n_object_trailing_comment', '{"a":"b"}/**/', 'not_json'],
  ['n_object_trailing_comment_open', '{"a":"b"}/**//', 'not_json'],
  ['n_object_trailing_comment_slash_open', '{"a":"b"}//', 'not_json'],
  ['n_object_trailing_comment_slash_open_incomplete', '{"a":"b"}/', 'not_json'],
  ['n_object_two_commas_in_a_row', '{"a":"b",,"c":"d"}', 'not_json'],
  ['n_object_unquoted_key', '{a: "b"}', 'not_json'],
  ['n_object_unterminated-value', '{"a":"a', 'not_json'],
  ['n_object_with_single_string', '{ "foo" : "bar", "a" }', 'not_json'],
  ['n_object_with_trailing_garbage', '{"a":"b"}#', 'not_json'],
])
