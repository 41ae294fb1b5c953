/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users hand over JSON files that DeepSpeed and Hugging Face read, and dsfit must read them as
 * those do. DeepSpeed parses its file with Python's hjson; a config.json is plain JSON written by
 * Python, which may contain Infinity. A slip in such a file (a key given twice, a missing comma)
 * has to be reported with its line. json-c's own parser does neither, so this one builds json-c's
 * objects.
 *
 * The plan is a recursive descent:
 *
 *     value -> object { key : value ... }   parse_members(), parse_member()
 *           -> array  [ value ... ]         parse_members(), parse_element()
 *           -> string                       parse_string(), parse_lines()
 *           -> number, word                 parse_plain(), in Hjson parse_quoteless()
 *
 * DSFIT_JSON_DEPTH bounds the recursion and DSFIT_JSON_VALUES the size. check_utf8() runs first, so
 * the rest sees well-formed UTF-8 whose only NUL ends the text; every scan stops there. The parser
 * keeps positions. It counts lines only to report an error.
 *
 * Sources: RFC 8259 (JSON), RFC 3629 (UTF-8), https://hjson.github.io and Python's package hjson.
 */
#include "core/formats/hjson.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	const char *text;
	const char *at;
	bool hjson;
	unsigned depth;
	unsigned values;
	char path[200];		/* of the current key: zero_optimization.stage */
	struct dsfit_error *err;
};

static int parse_value(struct parser *p, struct json_object **out);

static size_t line_of(const struct parser *p, const char *at)
{
	size_t line = 1;

	for (const char *c = p->text; c < at; c++)
		line += *c == '\n';
	return line;
}

/* Report an error at a position of the text. Returns -1. */
static int not_json(struct parser *p, const char *at, const char *what)
{
	const char *start = at;

	while (start > p->text && start[-1] != '\n')
		start--;
	return dsfit_fail(p->err, "not JSON: line %zu, column %zu: %s", line_of(p, at),
			  (size_t)(at - start) + 1, what);
}

/* Report an error in the current key or its value. Returns -1. */
static int bad_key(struct parser *p, const char *at, const char *what)
{
	if (!*p->path)
		return not_json(p, at, what);
	return dsfit_fail(p->err, "\"%s\": %s (line %zu)", p->path, what, line_of(p, at));
}

static int out_of_memory(struct parser *p)
{
	return dsfit_fail(p->err, "out of memory");
}

/* Bytes of the character at c; 0 if it is not well-formed UTF-8 (RFC 3629). */
static size_t utf8_length(const unsigned char *c)
{
	size_t length = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 :
			*c < 0xf5 ? 4 : 0;

	/* Overlong forms, surrogates and code points above U+10FFFF. */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static int check_utf8(struct parser *p, size_t length)
{
	const char *end = p->text + length;
	size_t step;

	for (const char *c = p->text; c < end; c += step) {
		step = *c ? utf8_length((const unsigned char *)c) : 0;
		if (!step)
			return dsfit_fail(p->err, "not JSON: byte %zu is not UTF-8",
					  (size_t)(c - p->text));
	}
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_eol(char c)
{
	return c == '\r' || c == '\n' || !c;
}

/* Whether an Hjson comment begins here. */
static bool is_comment(const char *c)
{
	return *c == '#' || (*c == '/' && (c[1] == '/' || c[1] == '*'));
}

/* Skip white space and comments. An unfinished comment ends with the text. */
static void skip(struct parser *p)
{
	for (;;) {
		while (is_space(*p->at))
			p->at++;
		if (!p->hjson || !is_comment(p->at))
			return;
		if (p->at[1] == '*' && *p->at == '/') {
			const char *end = strstr(p->at + 2, "*/");

			p->at = end ? end + 2 : p->at + strlen(p->at);
		} else {
			while (!is_eol(*p->at))
				p->at++;
		}
	}
}

/* ---- strings -------------------------------------------------------------------------------- */

/* The value of four hexadecimal digits, or -1. */
static int read_hex(const char *c)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char)c[i]))
			return -1;
		value = value * 16 + (isdigit((unsigned char)c[i]) ? c[i] - '0' :
				      tolower((unsigned char)c[i]) - 'a' + 10);
	}
	return value;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/*
 * Read the character "\uXXXX" at *from and move *from behind it. A pair of surrogates is one
 * character. NUL and half a pair become U+FFFD, because C strings and UTF-8 cannot hold them.
 * Returns -1 if the digits are missing.
 */
static int read_unicode(const char **from)
{
	int code = read_hex(*from + 2), low;

	if (code < 0)
		return -1;
	*from += 6;
	if (code >= 0xd800 && code < 0xdc00 && (*from)[0] == '\\' && (*from)[1] == 'u') {
		low = read_hex(*from + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			*from += 6;
			return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return !code || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
}

/* Read the quoted string at p->at and unescape it; the caller frees *out. An escape is never
 * shorter than its character, so the result fits into the space of the source. */
static int parse_string(struct parser *p, char **out)
{
	static const char escapes[] = "\"'\\/bfnrt", meant[] = "\"'\\/\b\f\n\r\t";
	const char quote = *p->at, *from = p->at + 1, *end = from;
	char *to;

	while (*end && *end != quote)
		end += *end == '\\' && end[1] ? 2 : 1;
	if (!*end)
		return not_json(p, p->at, "a string does not end");
	*out = to = malloc((size_t)(end - from) + 1);
	if (!to)
		return out_of_memory(p);
	while (from < end) {
		const char *escape = *from == '\\' ? strchr(escapes, from[1]) : NULL;
		int code;

		if ((unsigned char)*from < ' ') {
			not_json(p, from, "a control character in a string");
			goto fail;
		}
		if (*from != '\\') {
			*to++ = *from++;
		} else if (escape && (p->hjson || *escape != '\'')) {
			*to++ = meant[escape - escapes];
			from += 2;
		} else {
			code = from[1] == 'u' ? read_unicode(&from) : -1;
			if (code < 0) {
				not_json(p, from, "an unknown escape sequence");
				goto fail;
			}
			to = put_utf8(to, (unsigned)code);
		}
	}
	*to = '\0';
	p->at = end + 1;
	return 0;
fail:
	free(*out);
	*out = NULL;
	return -1;
}

/* Read Hjson's '''text''' of one or more lines. Python's hjson removes the indentation; it is kept
 * here, because no setting that dsfit reads has several lines. */
static int parse_lines(struct parser *p, struct json_object **out)
{
	const char *begin = p->at + 3, *end = strstr(begin, "'''");

	if (!end)
		return not_json(p, p->at, "a string does not end");
	*out = json_object_new_string_len(begin, (int)(end - begin));
	p->at = end + 3;
	return *out ? 0 : out_of_memory(p);
}

/* ---- numbers and words ---------------------------------------------------------------------- */

static const char *skip_digits(const char *c)
{
	while (isdigit((unsigned char)*c))
		c++;
	return c;
}

/* The end of the JSON number that begins here, or NULL. *whole says that it has neither a fraction
 * nor an exponent. */
static const char *number_end(const char *c, bool *whole)
{
	const char *end;

	c += *c == '-';
	end = skip_digits(c);
	if (end == c || (*c == '0' && end > c + 1))
		return NULL;
	*whole = true;
	if (*end == '.') {
		c = end + 1;
		end = skip_digits(c);
		if (end == c)
			return NULL;
		*whole = false;
	}
	if (*end == 'e' || *end == 'E') {
		c = end + 1;
		c += *c == '+' || *c == '-';
		end = skip_digits(c);
		if (end == c)
			return NULL;
		*whole = false;
	}
	return end;
}

/* The magnitude of a number that number_end() found; infinite if no double can hold it. strtod() is
 * not used: it takes the decimal point from the locale. */
static double read_double(const char *c)
{
	uint64_t digits = 0;
	bool fraction = false, negative;
	long exponent = 0, given = 0;

	for (; isdigit((unsigned char)*c) || *c == '.'; c++) {
		if (*c == '.') {
			fraction = true;
		} else if (digits < UINT64_C(1000000000000000000)) {
			digits = digits * 10 + (uint64_t)(*c - '0');
			exponent -= fraction;
		} else {
			exponent += !fraction;
		}
	}
	if (*c == 'e' || *c == 'E') {
		negative = c[1] == '-';
		for (c += 1 + (c[1] == '-' || c[1] == '+'); isdigit((unsigned char)*c); c++)
			given = given < 100000 ? given * 10 + (*c - '0') : given;
		exponent += negative ? -given : given;
	}
	if (!digits)
		return 0;
	/* Both operands are exact doubles here, so the quotient is the nearest double. */
	if (digits < UINT64_C(1) << 53 && exponent < 0 && exponent >= -22)
		return (double)digits / pow(10, (double)-exponent);
	return (double)(digits * powl(10, exponent));
}

static int parse_number(struct parser *p, const char *end, bool whole, struct json_object **out)
{
	bool negative = *p->at == '-';
	const char *c = p->at + negative;
	int64_t value = 0;
	double magnitude;

	if (whole) {
		for (; c < end; c++)
			if (__builtin_mul_overflow(value, 10, &value) ||
			    __builtin_add_overflow(value, *c - '0', &value)) {
				value = INT64_MAX;
				break;
			}
		*out = json_object_new_int64(negative ? -value : value);
	} else {
		magnitude = read_double(c);
		if (isinf(magnitude))
			return bad_key(p, p->at, "a number too large for a double");
		*out = json_object_new_double(negative ? -magnitude : magnitude);
	}
	p->at = end;
	return *out ? 0 : out_of_memory(p);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether the text continues with this word and ends it here. */
static bool has_word(const char *c, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(c, word, length) && !is_word(c[length]);
}

/* Read NaN and Infinity, which Python writes. Returns 1 for Infinity, 0 if there is neither, -1 if
 * it is not accepted. */
static int parse_not_finite(struct parser *p, struct json_object **out)
{
	bool negative = *p->at == '-';
	const char *c = p->at + negative;

	if (has_word(c, "NaN") || has_word(c, "nan"))
		return bad_key(p, p->at, "NaN is not allowed");
	if (!has_word(c, "Infinity"))
		return 0;
	/* Published configurations say Infinity for "no bound". */
	if (p->hjson)
		return bad_key(p, p->at, "Infinity is not allowed");
	p->at = c + strlen("Infinity");
	*out = json_object_new_double(negative ? -INFINITY : INFINITY);
	return *out ? 1 : out_of_memory(p);
}

/* Read null, true or false at [begin, end). Returns 1, or 0 if it is another word. */
static int literal(const char *begin, const char *end, struct json_object **out)
{
	size_t length = (size_t)(end - begin);

	if (length == 4 && !memcmp(begin, "null", 4))
		return 1;
	if (length == 4 && !memcmp(begin, "true", 4))
		*out = json_object_new_boolean(1);
	else if (length == 5 && !memcmp(begin, "false", 5))
		*out = json_object_new_boolean(0);
	else
		return 0;
	return 1;
}

static int parse_plain(struct parser *p, struct json_object **out)
{
	const char *end = p->at;
	bool whole;

	while (is_word(*end))
		end++;
	if (literal(p->at, end, out)) {
		p->at = end;
		return 0;
	}
	end = number_end(p->at, &whole);
	if (!end || is_word(*end) || *end == '.')
		return not_json(p, p->at, "a value is expected");
	return parse_number(p, end, whole, out);
}

/*
 * Read Hjson's value without quotes. It is null, true, false or a number if a comma, a bracket, a
 * comment or the end of the line follows. Otherwise it is a string that goes to the end of the
 * line, whatever it contains.
 */
static int parse_quoteless(struct parser *p, struct json_object **out)
{
	const char *begin = p->at, *end, *last = begin;
	bool whole, ends;
	const char *number = number_end(begin, &whole);

	if (strchr("}],:", *begin))
		return not_json(p, begin, "a value is expected");
	for (end = begin;; end++) {
		ends = is_eol(*end);
		if (ends || strchr(",}]", *end) || is_comment(end)) {
			if (literal(begin, last, out)) {
				p->at = end;
				return 0;
			}
			if (number == last)
				return parse_number(p, number, whole, out);
		}
		if (ends)
			break;
		if (!is_space(*end))
			last = end + 1;
	}
	*out = json_object_new_string_len(begin, (int)(last - begin));
	p->at = end;
	return *out ? 0 : out_of_memory(p);
}

/* ---- objects and arrays --------------------------------------------------------------------- */

static int parse_key(struct parser *p, char **out)
{
	const char *begin = p->at;

	if (*begin == '"' || (p->hjson && *begin == '\''))
		return parse_string(p, out);
	if (!p->hjson || !*begin)
		return not_json(p, begin, *begin ? "a key in quotes is expected" :
						   "the file ends inside an object");
	while (*p->at && !is_space(*p->at) && !strchr("{}[],:", *p->at))
		p->at++;
	if (p->at == begin)
		return not_json(p, begin, "a key is expected");
	*out = strndup(begin, (size_t)(p->at - begin));
	return *out ? 0 : out_of_memory(p);
}

/* Skip the separator after a member. Returns 1 if another member follows, 0 at the closing
 * bracket. */
static int next_member(struct parser *p, char closing)
{
	bool comma;

	skip(p);
	comma = *p->at == ',';
	if (comma) {
		p->at++;
		skip(p);
	}
	if (*p->at == closing && (!comma || p->hjson))
		return 0;
	if (!*p->at)
		return not_json(p, p->at, "the file ends before the object or array is closed");
	if (!comma && !p->hjson)
		return not_json(p, p->at, closing == '}' ? "a comma or } is expected" :
							   "a comma or ] is expected");
	return 1;
}

/* Read one "key": value. The path contains the key meanwhile. */
static int parse_member(struct parser *p, struct json_object *object)
{
	size_t length = strlen(p->path);
	struct json_object *value = NULL;
	const char *begin = p->at;
	char *key = NULL;
	int rc = -1;

	if (parse_key(p, &key))
		return -1;
	snprintf(p->path + length, sizeof(p->path) - length, "%s%s", length ? "." : "", key);
	skip(p);
	if (*p->at != ':') {
		not_json(p, p->at, "a colon is expected");
		goto out;
	}
	if (json_object_object_get_ex(object, key, NULL)) {
		bad_key(p, begin, "given twice");
		goto out;
	}
	p->at++;
	skip(p);
	if (parse_value(p, &value))
		goto out;
	if (json_object_object_add(object, key, value)) {
		json_object_put(value);
		out_of_memory(p);
		goto out;
	}
	p->path[length] = '\0';
	rc = 0;
out:
	free(key);
	return rc;
}

static int parse_element(struct parser *p, struct json_object *array)
{
	struct json_object *value = NULL;

	if (parse_value(p, &value))
		return -1;
	if (json_object_array_add(array, value)) {
		json_object_put(value);
		return out_of_memory(p);
	}
	return 0;
}

static int parse_members(struct parser *p, struct json_object **out)
{
	const bool object = *p->at == '{';
	const char closing = object ? '}' : ']';
	int more;

	if (p->depth == DSFIT_JSON_DEPTH)
		return not_json(p, p->at, "nested more than 64 levels deep");
	*out = object ? json_object_new_object() : json_object_new_array();
	if (!*out)
		return out_of_memory(p);
	p->depth++;
	p->at++;
	skip(p);
	more = *p->at != closing;
	while (more > 0)
		more = (object ? parse_member(p, *out) : parse_element(p, *out)) ? -1 :
			next_member(p, closing);
	if (more < 0) {
		json_object_put(*out);
		*out = NULL;
		return -1;
	}
	p->at++;
	p->depth--;
	return 0;
}

static int parse_value(struct parser *p, struct json_object **out)
{
	const char *begin = p->at;
	char *text;
	int rc;

	if (++p->values > DSFIT_JSON_VALUES)
		return not_json(p, p->at, "more than 262144 values");
	if (*p->at == '{' || *p->at == '[')
		return parse_members(p, out);
	if (p->hjson && !strncmp(p->at, "'''", 3))
		return parse_lines(p, out);
	if (*p->at == '"' || (p->hjson && *p->at == '\'')) {
		if (parse_string(p, &text))
			return -1;
		*out = json_object_new_string(text);
		free(text);
		return *out ? 0 : out_of_memory(p);
	}
	if (!*p->at)
		return not_json(p, p->at, "the file ends where a value is expected");
	rc = parse_not_finite(p, out);
	if (!rc)
		rc = p->hjson ? parse_quoteless(p, out) : parse_plain(p, out);
	if (rc < 0)
		return -1;
	/* json-c has no object for null alone. */
	return *out || !strncmp(begin, "null", 4) ? 0 : out_of_memory(p);
}

struct json_object *dsfit_json_parse(const char *text, size_t length,
				     enum dsfit_json_dialect dialect, struct dsfit_error *err)
{
	struct parser p = { .text = text, .at = text, .hjson = dialect == DSFIT_JSON_HJSON,
			    .err = err };
	struct json_object *value = NULL;

	if (check_utf8(&p, length))
		return NULL;
	if (!strncmp(p.at, "\xef\xbb\xbf", 3))
		p.at += 3;
	skip(&p);
	if (!*p.at) {
		dsfit_fail(err, "not JSON: the file is empty");
		return NULL;
	}
	if (parse_value(&p, &value))
		return NULL;
	skip(&p);
	if (!json_object_is_type(value, json_type_object))
		dsfit_fail(err, "not a JSON object: {\"key\": value, ...} is expected");
	else if (*p.at)
		not_json(&p, p.at, "there is more text after the object");
	else
		return value;
	json_object_put(value);
	return NULL;
}
