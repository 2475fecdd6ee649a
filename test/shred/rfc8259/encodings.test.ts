import { asLines, raw, refused } from './cases.ts'

refused('bytes that are not UTF-8', [
  ['i_string_UTF-16LE_with_BOM', raw('\xff\xfe[\0"\0\xe9\0"\0]\0'), 'not_utf8'],
  ['i_string_UTF-8_invalid_sequence', raw('["\xe6\x97\xa5\xd1\x88\xfa"]'), 'not_utf8'],
  ['i_string_UTF8_surrogate_U+D800', raw('["\xed\xa0\x80"]'), 'not_utf8'],
  ['i_string_invalid_utf-8', raw('["\xff"]'), 'not_utf8'],
  ['i_string_iso_latin_1', raw('["\xe9"]'), 'not_utf8'],
  ['i_string_lone_utf8_continuation_byte', raw('["\x81"]'), 'not_utf8'],
  ['i_string_not_in_unicode_range', raw('["\xf4\xbf\xbf\xbf"]'), 'not_utf8'],
  ['i_string_overlong_sequence_2_bytes', raw('["\xc0\xaf"]'), 'not_utf8'],
  ['i_string_overlong_sequence_6_bytes', raw('["\xfc\x83\xbf\xbf\xbf\xbf"]'), 'not_utf8'],
  ['i_string_overlong_sequence_6_bytes_null', raw('["\xfc\x80\x80\x80\x80\x80"]'), 'not_utf8'],
  ['i_string_truncated-utf-8', raw('["\xe0\xff"]'), 'not_utf8'],
  ['i_string_utf16BE_no_BOM', raw('\0[\0"\0\xe9\0"\0]'), 'not_utf8'],
  ['i_string_utf16LE_no_BOM', raw('[\0"\0\xe9\0"\0]\0'), 'not_utf8'],
  ['n_array_a_invalid_utf8', raw('[a\xe5]'), 'not_utf8'],
  ['n_array_invalid_utf8', raw('[\xff]'), 'not_utf8'],
  ['n_object_lone_continuation_byte_in_key_and_trailing_comma', raw('{"\xb9":"0",}'), 'not_utf8'],
  ['n_string_invalid-utf-8-in-escape', raw('["\\u\xe5"]'), 'not_utf8'],
  ['n_string_invalid_utf8_after_escape', raw('["\\\xe5"]'), 'not_utf8'],
  ['n_structure_incomplete_UTF8_BOM', raw('\xef\xbb{}'), 'not_utf8'],
  ['n_structure_lone-invalid-utf-8', raw('\xe5'), 'not_utf8'],
  ['n_structure_single_eacute', raw('\xe9'), 'not_utf8'],
  ['string_1_invalid_codepoint', raw('["\xed\xa0\x80"]'), 'not_utf8'],
  ['string_2_invalid_codepoints', raw('["\xed\xa0\x80\xed\xa0\x80"]'), 'not_utf8'],
  ['string_3_invalid_codepoints', raw('["\xed\xa0\x80\xed\xa0\x80\xed\xa0\x80"]'), 'not_utf8'],
])

asLines('a byte order mark is passed over at the start of an object, and only there', [
  ['i_structure_UTF-8_BOM_empty_object', '\ufeff{}', { rows: 1 }],
  ['the same twice', '\ufeff\ufeff{}', { rows: 0, rejects: ['not_json'] }],
  ['the same in the second line', '{}\n\ufeff{}', { rows: 1, rejects: ['not_json'] }],
  ['the same as a value', '{"v":\ufeff{}}', { rejects: ['not_json'] }],
  ['n_structure_UTF8_BOM_no_data', '\ufeff', { blank: 1 }],
])

asLines('UTF-16 has newlines of its own', [
  ['big-endian', raw('\0{\0}\0\n\0{\0}'), { rejects: ['not_json', 'not_json'] }],
  ['little-endian', raw('{\0}\0\n\0{\0}\0'), { rejects: ['not_json', 'not_json'] }],
])
