/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Defines values over the keys of a config.json, as sections of architectures.conf state them. */
#include "core/model/key_values.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"

#define VALUE_MAX 1e15
#define DEPTH_MAX 16			/* of parentheses */

/* The characters of a path, and of a word that a list is searched for. */
#define PATH "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-[]"

struct reader {
	const char *at, *whole;
	struct dsfit_values *values;
	struct json_object *config;
	int depth;
	struct dsfit_error *err;
};

static int fail(const struct reader *r, const char *what)
{
	return dsfit_fail(r->err, "\"%.150s\": %s", r->whole, what);
}

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t\n");
}

static bool take(struct reader *r, const char *what)
{
	size_t length = strlen(what);

	skip_blanks(r);
	if (strncmp(r->at, what, length))
		return false;
	r->at += length;
	return true;
}

/* The length of the name of a value: a letter, and up to two digits. 0 if there is none. */
static size_t name_length(const char *text)
{
	size_t digits;

	if (!isalpha((unsigned char)*text))
		return 0;
	digits = strspn(text + 1, "0123456789");
	return digits > 2 ? 0 : 1 + digits;
}

static const double *find(const struct dsfit_values *values, const char *name, size_t length)
{
	for (size_t i = 0; i < values->count; i++)
		if (!strncmp(values->entry[i].name, name, length) &&
		    !values->entry[i].name[length])
			return &values->entry[i].value;
	return NULL;
}

int dsfit_values_add(struct dsfit_values *values, const char *name, double value)
{
	if (values->count == DSFIT_VALUES_MAX)
		return -1;
	snprintf(values->entry[values->count].name, sizeof(values->entry->name), "%.3s", name);
	values->entry[values->count++].value = value;
	return 0;
}

/* ---- expressions ---------------------------------------------------------------------------- */

static int read_sum(struct reader *r, double *out);

/* The smaller of two sums, behind "min(". */
static int read_least(struct reader *r, double *out)
{
	double other;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "too many parentheses");
	if (read_sum(r, out))
		return -1;
	if (!take(r, ",") || read_sum(r, &other) || !take(r, ")"))
		return fail(r, "must be min(A, B)");
	r->depth--;
	*out = other < *out ? other : *out;
	return 0;
}

static int read_factor(struct reader *r, double *out)
{
	const double *value;
	size_t length;
	char *end;

	skip_blanks(r);
	if (take(r, "(")) {
		if (++r->depth > DEPTH_MAX)
			return fail(r, "too many parentheses");
		if (read_sum(r, out))
			return -1;
		r->depth--;
		return take(r, ")") ? 0 : fail(r, "a parenthesis is not closed");
	}
	if (take(r, "min("))
		return read_least(r, out);
	if (isdigit((unsigned char)*r->at)) {
		*out = strtod(r->at, &end);
		r->at = end;
		return 0;
	}
	length = name_length(r->at);
	value = length ? find(r->values, r->at, length) : NULL;
	if (!value)
		return fail(r, length ? "the value is not defined" :
					"must be a number, a value, or a sum in parentheses");
	*out = *value;
	r->at += length;
	return 0;
}

static int read_term(struct reader *r, double *out)
{
	double other;

	if (read_factor(r, out))
		return -1;
	for (;;) {
		if (take(r, "*")) {
			if (read_factor(r, &other))
				return -1;
			*out *= other;
		} else if (take(r, "/")) {
			if (read_factor(r, &other))
				return -1;
			if (other == 0)
				return fail(r, "division by zero");
			*out = floor(*out / other);
		} else {
			return 0;
		}
	}
}

static int read_sum(struct reader *r, double *out)
{
	double other;

	*out = 0;
	if (!take(r, "-")) {
		if (read_term(r, out))
			return -1;
	} else {
		if (read_term(r, out))
			return -1;
		*out = -*out;
	}
	for (;;) {
		bool minus = take(r, "-");

		if (!minus && !take(r, "+"))
			return 0;
		if (read_term(r, &other))
			return -1;
		*out += minus ? -other : other;
	}
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* One step of a path: a member, or with "[2]" an element of it. */
static bool step(struct json_object **at, const char *name, size_t length)
{
	const char *bracket = memchr(name, '[', length);
	size_t key_length = bracket ? (size_t)(bracket - name) : length;
	char key[128];

	if (key_length >= sizeof(key))
		return false;
	memcpy(key, name, key_length);
	key[key_length] = '\0';
	if (!json_object_is_type(*at, json_type_object) ||
	    !json_object_object_get_ex(*at, key, at))
		return false;
	if (!bracket)
		return true;
	if (!json_object_is_type(*at, json_type_array) ||
	    strtoul(bracket + 1, NULL, 10) >= json_object_array_length(*at))
		return false;
	*at = json_object_array_get_idx(*at, strtoul(bracket + 1, NULL, 10));
	return true;
}

bool dsfit_values_at(struct json_object *config, const char *path, size_t length,
		     struct json_object **out)
{
	const char *end = path + length;

	if (!config)
		return false;
	for (;;) {
		const char *dot = memchr(path, '.', (size_t)(end - path));

		if (!step(&config, path, (size_t)((dot ? dot : end) - path)))
			return false;
		if (!dot)
			break;
		path = dot + 1;
	}
	*out = config;
	return true;
}

/* What a key can be: absent, null (or "auto"), or a number. */
enum found { ABSENT, IS_NULL, NUMBER };

/* The mean of a list of numbers; *equal is cleared if they are not all the same. */
static enum found mean(struct json_object *list, double *out, bool *equal)
{
	size_t n = json_object_array_length(list);
	double sum = 0, first = n ? json_object_get_double(json_object_array_get_idx(list, 0)) : 0;

	for (size_t i = 0; i < n; i++) {
		double value = json_object_get_double(json_object_array_get_idx(list, i));

		*equal &= value == first;
		sum += value;
	}
	*out = *equal ? first : n ? floor(sum / (double)n) : 0;
	return n ? NUMBER : IS_NULL;
}

static enum found number_of(struct json_object *value, double *out, bool *guessed)
{
	bool equal = true;
	enum found found;

	switch (json_object_get_type(value)) {
	case json_type_boolean:
		*out = json_object_get_boolean(value) ? 1 : 0;
		return NUMBER;
	case json_type_int:
	case json_type_double:
		*out = json_object_get_double(value);
		return NUMBER;
	case json_type_array:
		found = mean(value, out, &equal);
		*guessed |= !equal;
		return found;
	default:
		return IS_NULL;
	}
}

/* Heads of classification have as many outputs as labels are named. */
static enum found find_labels(struct json_object *config, double *out)
{
	struct json_object *names = NULL;

	if (!config || !json_object_object_get_ex(config, "id2label", &names) ||
	    !json_object_is_type(names, json_type_object))
		return ABSENT;
	*out = (double)json_object_object_length(names);
	return NUMBER;
}

/* The number under one of the names "a|b". */
static enum found find_key(struct reader *r, const char *names, size_t length, double *out)
{
	const char *end = names + length;
	struct json_object *value;
	enum found found = ABSENT;

	while (names < end && found != NUMBER) {
		const char *bar = memchr(names, '|', (size_t)(end - names));
		size_t one = (size_t)((bar ? bar : end) - names);

		if (dsfit_values_at(r->config, names, one, &value))
			found = number_of(value, out, &r->values->guessed);
		else if (one == strlen("num_labels") && !strncmp(names, "num_labels", one))
			found = find_labels(r->config, out);
		names += one + 1;
	}
	return found;
}

/* "count(path, word)" or "len(path)", after the parenthesis. */
static int find_in_list(struct reader *r, bool words, enum found *found, double *out)
{
	struct json_object *list = NULL;
	size_t length = strspn(r->at, PATH), word;
	const char *path = r->at, *wanted;

	r->at += length;
	if (!length || (words && !take(r, ",")))
		return fail(r, "must be count(KEY, WORD) or len(KEY)");
	skip_blanks(r);
	wanted = r->at;
	word = words ? strspn(r->at, PATH) : 0;
	r->at += word;
	if (!take(r, ")") || (words && !word))
		return fail(r, "must be count(KEY, WORD) or len(KEY)");
	*found = dsfit_values_at(r->config, path, length, &list) ? IS_NULL : ABSENT;
	if (!json_object_is_type(list, json_type_array))
		return 0;
	*found = NUMBER;
	*out = words ? 0 : (double)json_object_array_length(list);
	for (size_t i = 0; words && i < json_object_array_length(list); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));

		*out += text && strlen(text) == word && !strncmp(text, wanted, word);
	}
	return 0;
}

/* The list and the place behind "at(", "is(" or "has(". A list is repeated for as long as there are
 * places, and a text is a list of letters. */
static int read_place(struct reader *r, struct json_object **list, enum found *found, size_t *place)
{
	size_t length = strspn(r->at, PATH "|"), name;
	const char *path = r->at, *end = path + length;
	const double *value;

	r->at += length;
	if (!length || !take(r, ","))
		return fail(r, "must be at(KEY, I), is(KEY, I, WORD) or has(KEY, I)");
	skip_blanks(r);
	name = name_length(r->at);
	value = name ? find(r->values, r->at, name) : NULL;
	if (!value || *value < 0)
		return fail(r, "a place in a list must be a value that is already defined");
	r->at += name;
	*place = (size_t)*value;
	*list = NULL;
	*found = ABSENT;
	for (; path < end && !*list; path += length + 1) {
		const char *bar = memchr(path, '|', (size_t)(end - path));

		length = (size_t)((bar ? bar : end) - path);
		if (dsfit_values_at(r->config, path, length, list))
			*found = IS_NULL;
	}
	return 0;
}

/* Whether one of the words "a|b" is this text. */
static bool is_word(const char *words, size_t length, const char *text)
{
	const char *end = words + length;

	while (words < end) {
		const char *bar = memchr(words, '|', (size_t)(end - words));
		size_t one = (size_t)((bar ? bar : end) - words);

		if (text && strlen(text) == one && !strncmp(text, words, one))
			return true;
		words += one + 1;
	}
	return false;
}

static size_t length_of(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

/* "has(path, i)", after the parenthesis. */
static int has_number(struct reader *r, enum found *found, double *out)
{
	struct json_object *list;
	size_t place;

	if (read_place(r, &list, found, &place))
		return -1;
	if (!take(r, ")"))
		return fail(r, "a parenthesis is not closed");
	if (!json_object_is_type(list, json_type_array))
		return 0;
	*found = NUMBER;
	*out = 0;
	for (size_t i = 0; i < length_of(list); i++)
		if (json_object_get_double(json_object_array_get_idx(list, i)) == (double)place)
			*out = 1;
	return 0;
}

/* "at(path, i)" or, with a word, "is(path, i, word)", after the parenthesis. */
static int read_element(struct reader *r, bool word, enum found *found, double *out)
{
	size_t place, length = 0;
	struct json_object *list;
	const char *wanted, *text;

	if (read_place(r, &list, found, &place))
		return -1;
	if (word && !take(r, ","))
		return fail(r, "must be is(KEY, I, WORD)");
	skip_blanks(r);
	wanted = r->at;
	length = word ? strcspn(wanted, ") ") : 0;
	r->at += length;
	if (!take(r, ")") || (word && !length))
		return fail(r, "must be at(KEY, I) or is(KEY, I, WORD)");
	text = json_object_is_type(list, json_type_string) ? json_object_get_string(list) : "";
	if (word && *text) {
		*found = NUMBER;
		*out = is_word(wanted, length, (char[]){ text[place % strlen(text)], '\0' });
		return 0;
	}
	if (!length_of(list))
		return 0;
	list = json_object_array_get_idx(list, place % length_of(list));
	if (!word) {
		*found = number_of(list, out, &r->values->guessed);
		return 0;
	}
	*found = NUMBER;
	*out = is_word(wanted, length, json_object_get_string(list));
	return 0;
}

/* What stands for a key begins here: two letters, or a function of a list. */
static bool is_key(const char *text)
{
	if (!strncmp(text, "min(", strlen("min(")))
		return false;
	return (*text == '_' || isalpha((unsigned char)*text)) &&
	       (isalpha((unsigned char)text[1]) || text[1] == '_');
}

static int read_key(struct reader *r, double *out)
{
	enum found found = ABSENT;
	double otherwise;
	bool null_too;

	if (take(r, "count(")) {
		if (find_in_list(r, true, &found, out))
			return -1;
	} else if (take(r, "len(")) {
		if (find_in_list(r, false, &found, out))
			return -1;
	} else if (take(r, "has(")) {
		if (has_number(r, &found, out))
			return -1;
	} else if (take(r, "is(")) {
		if (read_element(r, true, &found, out))
			return -1;
	} else if (take(r, "at(")) {
		if (read_element(r, false, &found, out))
			return -1;
	} else {
		size_t length = strspn(r->at, PATH "|");

		found = find_key(r, r->at, length, out);
		if (found == NUMBER && *out < 0)
			return dsfit_fail(r->err, "\"%.*s\": must not be negative", (int)length,
					  r->at);
		r->at += length;
	}
	null_too = take(r, "or ");
	if (!null_too && !take(r, "else "))
		return fail(r, "a key must be followed by \"or\" or \"else\", and what counts "
			    "without it");
	if (read_sum(r, &otherwise))
		return -1;
	if (found == ABSENT || (found == IS_NULL && null_too))
		*out = otherwise;
	else if (found == IS_NULL)
		*out = 0;
	r->values->null |= found == IS_NULL && !null_too;
	return 0;
}

/* ---- definitions ---------------------------------------------------------------------------- */

int dsfit_values_define(struct dsfit_values *values, const char *text, struct json_object *config,
			struct dsfit_error *err)
{
	struct reader r = { text, text, values, config, 0, err };
	char name[4] = "";
	double value = 0;
	size_t length;

	skip_blanks(&r);
	length = name_length(r.at);
	if (!length)
		return fail(&r, "must begin with a letter, such as h = hidden_size else 4096");
	memcpy(name, r.at, length);
	r.at += length;
	if (!take(&r, "="))
		return fail(&r, "must be NAME = VALUE");
	if (find(values, name, length))
		return fail(&r, "the value is already defined");
	skip_blanks(&r);
	if (is_key(r.at) ? read_key(&r, &value) : read_sum(&r, &value))
		return -1;
	skip_blanks(&r);
	if (*r.at)
		return fail(&r, "this is not understood");
	if (!isfinite(value) || fabs(value) > VALUE_MAX)
		return fail(&r, "the value is larger than 10^15");
	return dsfit_values_add(values, name, value) ? fail(&r, "too many values") : 0;
}

int dsfit_values_product(const struct dsfit_values *values, const char **text, uint64_t *out,
			 struct dsfit_error *err)
{
	const char *at = *text + strspn(*text, " ");
	size_t digits = strspn(at, "0123456789"), length;
	const char *begin = at;

	if (digits > 9)
		return dsfit_fail(err, "\"%.80s\": a number has at most nine digits", at);
	*out = digits ? strtoul(at, NULL, 10) : 1;
	for (at += digits; *at != 'x' && (length = name_length(at)); at += length) {
		const double *value = find(values, at, length);

		if (!value)
			return dsfit_fail(err, "\"%.80s\": the value is not defined", at);
		*out = dsfit_mul(*out, *value > 0 ? (uint64_t)*value : 0);
	}
	if (at == begin)
		return dsfit_fail(err, "\"%.80s\": must be a product such as 2Lh", at);
	*text = at;
	return 0;
}
