/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/read_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "cli/output.h"
#include "core/base/error.h"
#include "core/formats/json_write.h"
#include "core/script/options_line.h"

#define LINE_MAX_HERE 2048

static const char *const kinds[] = { "other", "unclear", "training" };

/* What a training needs to be sized, or changes much of it: said to be unknown where it is. */
static const enum dsfit_script_field wanted[] = {
	DSFIT_SAYS_MODEL, DSFIT_SAYS_ZERO, DSFIT_SAYS_MICRO_BATCH, DSFIT_SAYS_ACCUMULATION,
	DSFIT_SAYS_SEQUENCE, DSFIT_SAYS_PRECISION, DSFIT_SAYS_CHECKPOINTING, DSFIT_SAYS_OPTIMIZER,
	DSFIT_SAYS_GPUS_USED,
};

static bool is_number(enum dsfit_script_field field)
{
	switch (field) {
	case DSFIT_SAYS_ZERO:
	case DSFIT_SAYS_MICRO_BATCH:
	case DSFIT_SAYS_ACCUMULATION:
	case DSFIT_SAYS_SEQUENCE:
	case DSFIT_SAYS_TENSOR:
	case DSFIT_SAYS_PIPELINE:
	case DSFIT_SAYS_LAYERS:
	case DSFIT_SAYS_HIDDEN:
	case DSFIT_SAYS_FFN:
	case DSFIT_SAYS_GPUS_USED:
		return true;
	default:
		return false;
	}
}

bool read_show_told(const struct dsfit_script_found *found)
{
	for (size_t i = 0; i < DSFIT_SAYS_GPUS_USED; i++)
		if (found->fact[i].sure > DSFIT_SURE_TOOL ||
		    found->fact[i].sure == DSFIT_SURE_NAME)
			return true;
	return false;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void put(struct json_object *o, const char *key, struct json_object *value)
{
	dsfit_json_add(o, key, value);
}

/* A script may have any byte. JSON is UTF-8, and json-c leaves some control characters in. */
static struct json_object *string_of(const char *text)
{
	char *copy = strdup(text), *next;
	struct json_object *string;
	char kept;

	cli_need(!copy);
	for (char *at = copy; *at; at = next) {
		next = at + strcspn(at, "\n\t");
		kept = *next;
		*next = '\0';
		dsfit_harmless(at);
		*next = kept;
		next += kept != '\0';
	}
	string = json_object_new_string(copy);
	free(copy);
	return string;
}

static struct json_object *value_of(const struct dsfit_script_found *found,
				    enum dsfit_script_field field)
{
	const struct dsfit_script_fact *f = &found->fact[field];

	return is_number(field) ? dsfit_json_whole(strtoull(f->text, NULL, 10)) :
				  string_of(f->text);
}

static void put_count(struct json_object *o, const char *key, uint64_t count)
{
	if (count)
		put(o, key, dsfit_json_whole(count));
}

static struct json_object *request_json(const struct dsfit_script_request *r)
{
	struct json_object *o = json_object_new_object();

	put_count(o, "nodes", r->nodes);
	put_count(o, "gpus_per_node", r->gpus_per_node);
	put_count(o, "tasks", r->tasks);
	put_count(o, "tasks_per_node", r->tasks_per_node);
	put_count(o, "memory", r->memory);
	if (*r->array)
		put(o, "array", string_of(r->array));
	return o;
}

static void put_facts(struct json_object *root, const struct dsfit_script_found *found)
{
	struct json_object *declaration = json_object_new_object();
	struct json_object *sources = json_object_new_object();

	for (int i = 0; i < DSFIT_SCRIPT_FIELDS; i++) {
		const struct dsfit_script_fact *f = &found->fact[i];

		if (!f->sure)
			continue;
		put(i == DSFIT_SAYS_GPUS_USED ? root : declaration, dsfit_script_field_names[i],
		    value_of(found, (enum dsfit_script_field)i));
		if (*f->source)
			put(sources, dsfit_script_field_names[i],
			    string_of(f->source));
	}
	put(root, "declaration", declaration);
	put(root, "sources", sources);
}

static void add(struct json_object *list, const char *text)
{
	dsfit_json_append(list, string_of(text));
}

/* Who says what the job trains. What is declared counts, whatever the commands look like. */
static const char *declared_by(const struct dsfit_script_found *found)
{
	if (found->request.declared_line)
		return "options";
	return found->kind == DSFIT_SCRIPT_TRAINING && read_show_told(found) ? "script" : "nobody";
}

void read_show_json(const struct dsfit_script_found *found)
{
	struct json_object *root, *unknown, *warnings;
	char options[LINE_MAX_HERE];

	dsfit_json_begin();
	root = json_object_new_object();
	unknown = json_object_new_array();
	warnings = json_object_new_array();
	put(root, "kind", string_of(kinds[found->kind]));
	if (*found->launcher)
		put(root, "launcher", string_of(found->launcher));
	if (*found->framework)
		put(root, "framework", string_of(found->framework));
	put(root, "declared_by", string_of(declared_by(found)));
	put(root, "request", request_json(&found->request));
	put_facts(root, found);
	for (size_t i = 0; found->kind == DSFIT_SCRIPT_TRAINING &&
	     i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!found->fact[wanted[i]].sure)
			add(unknown, dsfit_script_field_names[wanted[i]]);
	put(root, "unknown", unknown);
	if (found->unread.sure)
		put(root, "unread", string_of(found->unread.text));
	for (size_t i = 0; i < found->warnings; i++)
		add(warnings, found->warning[i]);
	put(root, "warnings", warnings);
	if (found->kind == DSFIT_SCRIPT_TRAINING &&
	    dsfit_script_options(found, options, sizeof(options)))
		put(root, "options", string_of(options));
	if (found->commands)
		put(root, "commands", string_of(found->commands));
	cli_print_json(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			     JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_fact(const struct dsfit_script_found *found, enum dsfit_script_field field)
{
	struct dsfit_script_fact f = found->fact[field];
	char name[40];

	if (!f.sure || (field >= DSFIT_SAYS_LAYERS && field <= DSFIT_SAYS_FFN))
		return;
	snprintf(name, sizeof(name), "%s", dsfit_script_field_names[field]);
	for (char *c = name; *c; c++)
		if (*c == '_')
			*c = ' ';
	dsfit_printable(f.text);
	dsfit_printable(f.source);
	printf("  %-18s  %s", name, f.text);
	if (*f.source)
		printf("  (%s)", f.source);
	putchar('\n');
}

static void print_unknown(const struct dsfit_script_found *found)
{
	bool first = true;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const char *name = dsfit_script_field_names[wanted[i]];

		if (found->fact[wanted[i]].sure)
			continue;
		printf("%s", first ? "  not told: " : ", ");
		for (; *name; name++)
			putchar(*name == '_' ? ' ' : *name);
		first = false;
	}
	if (!first)
		putchar('\n');
}

/* Why something is not told. */
static void print_unread(const struct dsfit_script_found *found)
{
	struct dsfit_script_fact f = found->unread;

	if (!f.sure)
		return;
	dsfit_printable(f.text);
	dsfit_printable(f.source);
	printf("  not read: %s%s%s%s: it is not there, or has no settings", f.text,
	       *f.source ? " (" : "", f.source, *f.source ? ")" : "");
	if (found->python_line)
		printf("; python code in line %u, which is not read, may write it",
		       found->python_line);
	putchar('\n');
}

void read_show_text(const char *path, const struct dsfit_script_found *found)
{
	char options[LINE_MAX_HERE], script[LINE_MAX_HERE], warning[DSFIT_SCRIPT_WARNING];

	/* Somebody else may have named the file. */
	snprintf(script, sizeof(script), "%s", path);
	dsfit_printable(script);
	if (found->request.declared_line)
		printf("%s: line %u declares the job by --ds- options, which count; this is what "
		       "its commands tell:\n", script, found->request.declared_line);
	if (found->kind != DSFIT_SCRIPT_TRAINING) {
		printf("%s: %s\n", script, found->kind == DSFIT_SCRIPT_OTHER ?
		       "trains no language model" :
		       "something may be trained, but nothing tells what");
		print_unread(found);
		return;
	}
	printf("%s: line %u starts a training by %s%s%s%s\n", script, found->line,
	       found->launcher, *found->framework ? " (" : "", found->framework,
	       *found->framework ? ")" : "");
	for (int i = 0; i < DSFIT_SCRIPT_FIELDS; i++)
		print_fact(found, (enum dsfit_script_field)i);
	print_unknown(found);
	print_unread(found);
	for (size_t i = 0; i < found->warnings; i++)
		printf("  warning: %s\n", dsfit_script_warning(found, i, warning));
	if (!found->request.declared_line &&
	    dsfit_script_options(found, options, sizeof(options))) {
		dsfit_printable(options);
		printf("\nTo declare it, put into the script:\n#SBATCH %s\n", options);
	}
}

void read_show_commands(const struct dsfit_script_found *found)
{
	struct dsfit_style style = cli_style();
	char *commands = strdup(found->commands), *rest = commands;

	cli_need(!commands);
	for (char *line; rest && (line = strsep(&rest, "\n")) && *line;) {
		char *colon = strchr(line, ' ');
		/* NOLINTNEXTLINE(cert-err34-c): the line begins with a number */
		bool is = colon && (unsigned)atoi(line) == found->line;

		dsfit_printable(line);
		printf(is && style.colour ? "\033[1m%s\033[0m\n" : "%s\n", line);
	}
	free(commands);
}
