/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One section of architectures.conf has all that the classes of a model_type need:
 *
 *     architecture "bert" {
 *         classes = {"BertLMHeadModel", "BertForSequenceClassification"}   c0 and c1: 1 for the
 *                                                                          model's class, else 0
 *         values = {"L = num_hidden_layers else 12", "h = hidden_size else 768", ...}
 *         tensors = {"table: V x h", "block qv linear: h x h + h, 2L", "other linear: h x h, c1"}
 *         shape = {"layers = L", "hidden = h"}
 *         assumes = {"position_embedding_type = absolute"}
 *         labels = "c1 * n"
 *         unproven = {"BertForSequenceClassification"}
 *     }
 *
 * A tensor is what it is, its inputs and outputs, how many of them are stacked in one parameter,
 * its bias, and how many of it there are. A line with none of it (a class or a flag is 0) is left
 * out.
 *
 * The file is large, and one section is needed, once for each config.json. So the section's text is
 * looked up, and only that is parsed.
 */
#include "core/model/architecture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/base/file.h"
#include "core/base/names.h"
#include "core/base/size.h"
#include "core/formats/conf.h"
#include "core/model/key_values.h"

/* ---- tensors -------------------------------------------------------------------------------- */

/* A section does not tell queries from values, or the matrices of a network from each other: they
 * stand for all that they may be. */
static const struct word {
	const char *text;
	int role, module;		/* -1: the word does not say */
	unsigned parts;			/* bits of enum dsfit_module_part */
} words[] = {
	{ "table", DSFIT_ROLE_TABLE, -1, DSFIT_PART_EMBEDDING },
	{ "head", DSFIT_ROLE_HEAD, -1, DSFIT_PART_HEAD },
	{ "qv", DSFIT_ROLE_QUERY_VALUE, -1, DSFIT_PART_QUERY | DSFIT_PART_VALUE },
	{ "attention", DSFIT_ROLE_ATTENTION, -1, DSFIT_PART_KEY | DSFIT_PART_OUTPUT },
	{ "network", DSFIT_ROLE_NETWORK, -1, DSFIT_PARTS_NETWORK },
	{ "router", DSFIT_ROLE_ROUTER, -1, DSFIT_PART_ROUTER },
	{ "experts", DSFIT_ROLE_EXPERTS, -1, DSFIT_PART_EXPERTS },
	{ "vector", DSFIT_ROLE_VECTOR, -1, 0 },
	{ "other", DSFIT_ROLE_OTHER, -1, 0 },
	{ "linear", -1, DSFIT_MODULE_LINEAR, 0 },
	{ "kin", -1, DSFIT_MODULE_KIN, 0 },
};

/* The word at *text, which is then behind it. */
static int read_word(const char **text, struct dsfit_tensor *out, struct dsfit_error *err)
{
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
	const char *at = *text;

	*text += length;
	if (length == strlen("block") && !strncmp(at, "block", length)) {
		out->in_block = true;
		return 0;
	}
	if (length == strlen("tower") && !strncmp(at, "tower", length)) {
		out->tower = true;
		return 0;
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(words); i++) {
		if (strlen(words[i].text) != length || strncmp(words[i].text, at, length))
			continue;
		out->parts |= words[i].parts;
		if (words[i].role >= 0)
			out->role = (enum dsfit_role)words[i].role;
		else
			out->module = (enum dsfit_module)words[i].module;
		return 0;
	}
	return dsfit_fail(err, "\"%.80s\": no word for a tensor", at);
}

/* The product behind `sign`, if it stands there. */
static int read_more(const char **text, char sign, const struct dsfit_values *values, uint64_t *out,
		     struct dsfit_error *err)
{
	*text += strspn(*text, " ");
	if (**text != sign)
		return 0;
	++*text;
	return dsfit_values_product(values, text, out, err);
}

/* Read "block qv linear: h x q + q, 2L". */
static int read_tensor(const char *text, const struct dsfit_values *values,
		       struct dsfit_tensor *out, struct dsfit_error *err)
{
	const char *at = text;
	struct dsfit_error why;

	*out = (struct dsfit_tensor){ .role = DSFIT_ROLE_OTHER, .out = 1, .stack = 1, .copies = 1 };
	while (*at != ':') {
		if (read_word(&at, out, &why))
			return dsfit_fail(err, "%s", why.text);
		at += strspn(at, " ");
	}
	at++;
	if (dsfit_values_product(values, &at, &out->in, &why) ||
	    read_more(&at, 'x', values, &out->out, &why) ||
	    read_more(&at, 'x', values, &out->stack, &why) ||
	    read_more(&at, '+', values, &out->bias, &why) ||
	    read_more(&at, ',', values, &out->copies, &why))
		return dsfit_fail(err, "\"%.150s\": %.200s", text, why.text);
	return *at ? dsfit_fail(err, "\"%.150s\": this is not understood", text) : 0;
}

static bool same_tensor(const struct dsfit_tensor *a, const struct dsfit_tensor *b)
{
	return a->role == b->role && a->module == b->module && a->in == b->in &&
	       a->out == b->out && a->stack == b->stack && a->bias == b->bias &&
	       a->in_block == b->in_block && a->tower == b->tower;
}

/* Add a tensor, unless there is none of it. Equal ones are one entry. */
static int add(struct dsfit_sized *out, const struct dsfit_tensor *tensor, struct dsfit_error *err)
{
	if (!tensor->in || !tensor->out || !tensor->stack || !tensor->copies)
		return 0;
	for (size_t i = 0; i < out->count; i++) {
		if (!same_tensor(&out->tensor[i], tensor))
			continue;
		out->tensor[i].copies = dsfit_add(out->tensor[i].copies, tensor->copies);
		return 0;
	}
	if (out->count == DSFIT_ARCHITECTURE_TENSORS)
		return dsfit_fail(err, "more than %d kinds of tensors", DSFIT_ARCHITECTURE_TENSORS);
	out->tensor[out->count++] = *tensor;
	return 0;
}

/* ---- a section ------------------------------------------------------------------------------ */

/* The name of the model's class in config.json; NULL if it names none. */
static const char *class_of(struct json_object *config)
{
	struct json_object *list = NULL;

	if (!config || !json_object_object_get_ex(config, "architectures", &list) ||
	    !json_object_is_type(list, json_type_array) || !json_object_array_length(list))
		return NULL;
	return json_object_get_string(json_object_array_get_idx(list, 0));
}

/*
 * The class of a model that names none: the whole one. Beside an encoder and a decoder, or a tower
 * and a text model, the section's first class may be the decoder alone.
 */
static unsigned whole_class(cfg_t *section)
{
	unsigned n = cfg_size(section, "classes");

	for (unsigned i = 0; i < n; i++) {
		const char *name = cfg_getnstr(section, "classes", i);

		if (dsfit_ends_with(name, "ForConditionalGeneration") ||
		    dsfit_ends_with(name, "MTModel"))
			return i;
	}
	return 0;
}

/*
 * Whether a class is a listed one without its head: ToyModel beside ToyForCausalLM. One that is
 * neither is somebody's own, such as a draft model for a llama, which has other parameters.
 */
static bool is_bare(cfg_t *section, const char *name)
{
	size_t length = strlen(name) - strlen("Model");

	for (unsigned i = 0;
	     dsfit_ends_with(name, "Model") && i < cfg_size(section, "classes"); i++) {
		const char *listed = cfg_getnstr(section, "classes", i);

		if (!strncmp(listed, name, length) && (!strncmp(listed + length, "For", 3) ||
						       strstr(listed + length, "Head") ||
						       dsfit_ends_with(listed, "MTModel")))
			return true;
	}
	return false;
}

/* Set c0, c1, ...: which of the section's classes the model has. */
static void choose_class(cfg_t *section, const char *name, struct dsfit_values *values,
			 struct dsfit_sized *out)
{
	unsigned n = cfg_size(section, "classes"), chosen = n;
	char text[8];

	for (unsigned i = 0; name && i < n; i++)
		if (!strcasecmp(cfg_getnstr(section, "classes", i), name))
			chosen = i;
	out->named = name != NULL;
	out->listed = chosen < n;
	out->foreign = name && n && !out->listed && !is_bare(section, name);
	out->proven &= out->listed || !name;
	if (chosen == n)
		chosen = whole_class(section);
	for (unsigned i = 0; i < cfg_size(section, "unproven") && n; i++)
		out->proven &= strcmp(cfg_getnstr(section, "unproven", i),
				      cfg_getnstr(section, "classes", chosen)) != 0;
	for (unsigned i = 0; i < n && i < 100; i++) {
		snprintf(text, sizeof(text), "c%u", i);
		dsfit_values_add(values, text, i == chosen);
	}
}

/* What config.json has under the path of "KEY = VALUE", as text. NULL if nothing. "len(KEY)" is the
 * length of a list. */
static const char *text_at(struct json_object *config, const char *path, size_t length,
			   char number[24])
{
	struct json_object *value = NULL;
	const bool len = length > 5 && !strncmp(path, "len(", 4);

	if (!dsfit_values_at(config, len ? path + 4 : path, len ? length - 5 : length, &value))
		return NULL;
	if (len && json_object_is_type(value, json_type_array)) {
		snprintf(number, 24, "%zu", json_object_array_length(value));
		return number;
	}
	if (json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
}

/* Whether config.json has what "KEY = VALUE" says, or does not have the key. "KEY = *" wants it to
 * have the key, and not null. */
static void check_assumed(const char *text, struct json_object *config, struct dsfit_sized *out)
{
	const char *equals = strstr(text, " = "), *is;
	char number[24];

	if (!equals)
		return;
	is = text_at(config, text, (size_t)(equals - text), number);
	if (!strcmp(equals, " = *"))
		out->proven &= is && strcmp(is, "null") != 0;
	else if (is)
		out->proven &= !strcmp(is, equals + strlen(" = "));
}

static int read_member(const char *text, const struct dsfit_values *values, struct dsfit_sized *out,
		       struct dsfit_error *err)
{
	size_t length = strcspn(text, " =");
	const char *at = strchr(text, '=');
	struct dsfit_error why;

	for (size_t i = 0; at && i < DSFIT_SHAPE_FIELDS; i++) {
		const struct dsfit_shape_field *field = &dsfit_shape_fields[i];

		if (strlen(field->name) != length || strncmp(field->name, text, length) ||
		    field->kind != DSFIT_SHAPE_NUMBER || out->members == DSFIT_ARCHITECTURE_MEMBERS)
			continue;
		at++;
		if (dsfit_values_product(values, &at, &out->member[out->members].value, &why))
			return dsfit_fail(err, "%s", why.text);
		out->member[out->members++].field = field;
		return 0;
	}
	return dsfit_fail(err, "\"%.100s\": must be a dimension and its value, like layers = L",
			  text);
}

static int read_lines(cfg_t *section, struct json_object *config, struct dsfit_sized *out,
		      struct dsfit_error *err)
{
	struct dsfit_values values = { .count = 0 };
	const char *labels = cfg_getstr(section, "labels");
	struct dsfit_tensor tensor;

	choose_class(section, class_of(config), &values, out);
	for (unsigned i = 0; i < cfg_size(section, "values"); i++)
		if (dsfit_values_define(&values, cfg_getnstr(section, "values", i), config, err))
			return -1;
	out->proven &= !values.guessed && !values.null;
	for (unsigned i = 0; i < cfg_size(section, "tensors"); i++)
		if (read_tensor(cfg_getnstr(section, "tensors", i), &values, &tensor, err) ||
		    add(out, &tensor, err))
			return -1;
	for (unsigned i = 0; i < cfg_size(section, "shape"); i++)
		if (read_member(cfg_getnstr(section, "shape", i), &values, out, err))
			return -1;
	for (unsigned i = 0; i < cfg_size(section, "assumes"); i++)
		check_assumed(cfg_getnstr(section, "assumes", i), config, out);
	return labels ? dsfit_values_product(&values, &labels, &out->labels, err) : 0;
}

/* `lines` is how many lines of the file are before what was parsed. */
static int size_section(cfg_t *section, const char *file, int lines, struct json_object *config,
			struct dsfit_sized *out, struct dsfit_error *err)
{
	struct dsfit_error why;

	out->count = out->members = 0;
	out->labels = 0;
	out->proven = true;
	if (!read_lines(section, config, out, &why))
		return 0;
	return dsfit_fail(err, "%s:%d: architecture \"%s\": %.400s", file, lines + section->line,
			  cfg_title(section), why.text);
}

/* ---- the file ------------------------------------------------------------------------------- */

cfg_t *dsfit_architectures_describe(void)
{
	cfg_opt_t keys[] = {
		CFG_STR_LIST("classes", NULL, CFGF_NONE), CFG_STR_LIST("values", NULL, CFGF_NONE),
		CFG_STR_LIST("tensors", NULL, CFGF_NONE), CFG_STR_LIST("shape", NULL, CFGF_NONE),
		CFG_STR_LIST("assumes", NULL, CFGF_NONE), CFG_STR("labels", NULL, CFGF_NONE),
		CFG_STR_LIST("unproven", NULL, CFGF_NONE), CFG_END(),
	};
	cfg_opt_t file[] = {
		CFG_SEC("architecture", keys, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};

	return dsfit_conf_init(file);
}

/* The section's text in the file's, which is cut behind it. NULL if there is none. */
static char *find_section(char *text, const char *model_type)
{
	char line[DSFIT_NAME_MAX + sizeof("\narchitecture \"\"")];
	int length = snprintf(line, sizeof(line), "\narchitecture \"%s\"", model_type);
	char *next;

	if (length >= (int)sizeof(line))
		return NULL;
	/* The first line has none before it. */
	if (strncmp(text, line + 1, (size_t)length - 1)) {
		text = strstr(text, line);
		if (!text)
			return NULL;
		text++;
	}
	next = strstr(text, "\narchitecture ");
	if (next)
		next[1] = '\0';
	return text;
}

static int lines_before(const char *text, const char *at)
{
	int lines = 0;

	for (; text < at; text++)
		lines += *text == '\n';
	return lines;
}

int dsfit_architecture_size(const char *file, const char *model_type, struct json_object *config,
			    struct dsfit_sized *out, struct dsfit_error *err)
{
	struct dsfit_error why = { "" };
	char *text, *section;
	size_t length;
	cfg_t *cfg;
	int lines, rc = 0;

	if (!file)
		return 0;
	text = dsfit_file_read(file, &length, err);
	if (!text)
		return -1;
	section = find_section(text, model_type);
	cfg = section ? dsfit_architectures_describe() : NULL;
	if (cfg) {
		lines = lines_before(text, section);
		rc = dsfit_conf_read_text(cfg, file, lines, section, &why);
		if (!rc && cfg_size(cfg, "architecture"))
			rc = size_section(cfg_getnsec(cfg, "architecture", 0), file, lines, config,
					  out, &why) ? -1 : 1;
		dsfit_conf_free(cfg);
	}
	free(text);
	return rc < 0 ? dsfit_fail(err, "%s", why.text) : rc;
}

int dsfit_architectures_check(const char *file, struct dsfit_error *err)
{
	struct dsfit_conf_files files = { NULL };
	struct dsfit_sized *out = malloc(sizeof(*out));
	cfg_t *cfg = dsfit_architectures_describe();
	int rc = -1;

	err->text[0] = '\0';
	if (out && cfg)
		rc = dsfit_conf_read(cfg, file, &files, err);
	for (unsigned i = 0; !rc && i < cfg_size(cfg, "architecture"); i++)
		rc = size_section(cfg_getnsec(cfg, "architecture", i), file, 0, NULL, out, err);
	dsfit_conf_free(cfg);
	free(out);
	return rc;
}
