/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Defines values over the keys of a config.json, as sections of architectures.conf state them. */
#include "core/model/key_values.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"

#define VALUE_MAX 1e15
#define DEPTH_MAX 16			/* of parentheses */

/* The characters of a path, and of a word that a list is searched for. */
#define PATH "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-[]"
#define WORD PATH "*"

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

/* What two sums make together. */
enum pair { LEAST, MOST, ROUNDED_UP };

static const struct {
	const char *text;
	enum pair pair;
} pairs[] = { { "min(", LEAST }, { "max(", MOST }, { "up(", ROUNDED_UP } };

static int combine(const struct reader *r, enum pair pair, double a, double b, double *out)
{
	if (pair == LEAST)
		*out = b < a ? b : a;
	else if (pair == MOST)
		*out = b > a ? b : a;
	else if (b > 0)
		*out = ceil(a / b) * b;
	else
		return fail(r, "up(A, B) rounds A up to a multiple of B, which must be positive");
	return 0;
}

/* Two sums, behind "min(" or its like. */
static int read_pair(struct reader *r, enum pair pair, double *out)
{
	double a, b;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "too many parentheses");
	if (read_sum(r, &a))
		return -1;
	if (!take(r, ",") || read_sum(r, &b) || !take(r, ")"))
		return fail(r, "must be min(A, B), max(A, B) or up(A, B)");
	r->depth--;
	return combine(r, pair, a, b, out);
}

/* A sum in parentheses; or two that are compared, which is 1 or 0. */
static int read_inner(struct reader *r, double *out)
{
	double other;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "too many parentheses");
	if (read_sum(r, out))
		return -1;
	if (take(r, ">")) {
		if (read_sum(r, &other))
			return -1;
		*out = *out > other;
	} else if (take(r, "=")) {
		if (read_sum(r, &other))
			return -1;
		*out = *out == other;
	}
	r->depth--;
	return take(r, ")") ? 0 : fail(r, "a parenthesis is not closed");
}

static int read_factor(struct reader *r, double *out)
{
	const double *value;
	size_t length;
	char *end;

	skip_blanks(r);
	if (take(r, "("))
		return read_inner(r, out);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(pairs); i++)
		if (take(r, pairs[i].text))
			return read_pair(r, pairs[i].pair, out);
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

/* An element of a list. -1 is the last one. */
static bool element(struct json_object **at, long index)
{
	size_t length;

	if (!json_object_is_type(*at, json_type_array))
		return false;
	length = json_object_array_length(*at);
	if (index < 0)
		index += (long)length;
	if (index < 0 || (size_t)index >= length)
		return false;
	*at = json_object_array_get_idx(*at, (size_t)index);
	return true;
}

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
	return element(at, strtol(bracket + 1, NULL, 10));
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

/* What is asked of a list: its elements from .. to. */
struct asked {
	enum { LENGTH, COUNT, SUM } what;
	const char *word;		/* COUNT: which elements; not terminated */
	size_t word_length;
	double from, to;		/* to: -1 for all */
};

static const char asked_form[] = "must be len(KEY), count(KEY, WORD), count(KEY, WORD, FROM, TO) "
				 "or sum(KEY, TO)";

/* The rest of "count(KEY, WORD, FROM, TO)" behind the key. */
static int read_asked(struct reader *r, struct asked *asked)
{
	asked->from = 0;
	asked->to = -1;
	if (asked->what == COUNT) {
		if (!take(r, ","))
			return fail(r, asked_form);
		skip_blanks(r);
		asked->word = r->at;
		asked->word_length = strspn(r->at, WORD);
		r->at += asked->word_length;
		if (!asked->word_length)
			return fail(r, asked_form);
		if (take(r, ",") &&
		    (read_sum(r, &asked->from) || !take(r, ",") || read_sum(r, &asked->to)))
			return fail(r, asked_form);
	}
	if (asked->what == SUM && (!take(r, ",") || read_sum(r, &asked->to)))
		return fail(r, asked_form);
	return take(r, ")") ? 0 : fail(r, asked_form);
}

static bool is_word(const struct asked *asked, const char *text, size_t length)
{
	return length == asked->word_length && !strncmp(text, asked->word, length);
}

static double in_list(const struct asked *asked, struct json_object *list)
{
	size_t n = json_object_array_length(list);
	double sum = 0;

	if (asked->what == LENGTH)
		return (double)n;
	for (size_t i = 0; i < n; i++) {
		struct json_object *element = json_object_array_get_idx(list, i);
		const char *text = json_object_get_string(element);

		if ((double)i < asked->from || (asked->to >= 0 && (double)i >= asked->to))
			continue;
		if (asked->what == SUM)
			sum += json_object_get_double(element);
		else
			sum += text && is_word(asked, text, strlen(text));
	}
	return sum;
}

/* How often a text has a word between "|", or a letter for each layer. */
static double in_text(const struct asked *asked, const char *text)
{
	double sum = 0;

	if (asked->word_length == 1 && !strchr(text, '|')) {
		for (size_t i = 0; text[i]; i++)
			sum += text[i] == *asked->word && (double)i >= asked->from &&
			       (asked->to < 0 || (double)i < asked->to);
		return sum;
	}
	for (;;) {
		size_t length = strcspn(text, "|");

		sum += is_word(asked, text, length);
		if (!text[length])
			return sum;
		text += length + 1;
	}
}

/* A question about a list, behind its parenthesis. One number for all layers is as often there. */
static int find_in_list(struct reader *r, int what, enum found *found, double *out)
{
	struct json_object *list = NULL;
	struct asked asked = { .what = what };
	size_t length = strspn(r->at, PATH);
	const char *path = r->at;

	r->at += length;
	if (!length)
		return fail(r, asked_form);
	if (read_asked(r, &asked))
		return -1;
	*found = dsfit_values_at(r->config, path, length, &list) ? IS_NULL : ABSENT;
	if (json_object_is_type(list, json_type_array))
		*out = in_list(&asked, list);
	else if (what == COUNT && json_object_is_type(list, json_type_string))
		*out = in_text(&asked, json_object_get_string(list));
	else if (what == SUM && number_of(list, out, &r->values->guessed) == NUMBER)
		*out *= asked.to;
	else if (what == LENGTH && json_object_is_type(list, json_type_object))
		*out = json_object_object_length(list);
	else
		return 0;
	*found = NUMBER;
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
static bool is_one_of(const char *words, size_t length, const char *text)
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
		*out = is_one_of(wanted, length, (char[]){ text[place % strlen(text)], '\0' });
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
	*out = is_one_of(wanted, length, json_object_get_string(list));
	return 0;
}

static const char *const questions[] = { [LENGTH] = "len(", [COUNT] = "count(", [SUM] = "sum(" };

/* What stands for a key begins here: two letters, or a function of a list. */
static bool is_key(const char *text)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(pairs); i++)
		if (!strncmp(text, pairs[i].text, strlen(pairs[i].text)))
			return false;
	return (*text == '_' || isalpha((unsigned char)*text)) &&
	       (isalpha((unsigned char)text[1]) || text[1] == '_');
}

/* A key, or a question about a list under one. */
static int read_what(struct reader *r, enum found *found, double *out)
{
	size_t length;

	for (int i = 0; i < (int)DSFIT_ARRAY_SIZE(questions); i++)
		if (take(r, questions[i]))
			return find_in_list(r, i, found, out);
	if (take(r, "has("))
		return has_number(r, found, out);
	if (take(r, "is("))
		return read_element(r, true, found, out);
	if (take(r, "at("))
		return read_element(r, false, found, out);
	length = strspn(r->at, PATH "|");
	*found = find_key(r, r->at, length, out);
	if (*found == NUMBER && *out < 0) {
		if (strncmp(r->at + length, " or ", 4))
			return dsfit_fail(r->err, "\"%.*s\": must not be negative", (int)length,
					  r->at);
		*found = IS_NULL;	/* -1 stands for none */
	}
	r->at += length;
	return 0;
}

static int read_key(struct reader *r, double *out)
{
	enum found found = ABSENT;
	double otherwise;
	bool null_too;

	if (read_what(r, &found, out))
		return -1;
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
