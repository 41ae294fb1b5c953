/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters that dsfit counts for the classes of transformers, beside transformers' own counts.
 * scripts/architectures has drawn the sizes, with a seed that no section of architectures.conf was
 * chosen by.
 */
#include "tests/accuracy/classes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/model/hf_config.h"

#define ROOM 2000

static const char *const verdicts[] = {
	[CLASS_EXACT_AND_WRONG] = "called exact, and is not", [CLASS_REFUSED] = "refused",
	[CLASS_ESTIMATED] = "estimated", [CLASS_RIGHT_ESTIMATED] = "right, called estimated",
	[CLASS_EXACT] = "exact",
};

/* One size: its keys as config.json has them, beside those that its columns say. */
static void judge(const struct dsfit_site *site, const char *keys, double wanted,
		  struct class_row *row)
{
	struct json_object *config = json_tokener_parse(keys);
	struct json_object *list = json_object_new_array();
	struct dsfit_error err;
	struct dsfit_model model = { .known_family = false };
	enum class_verdict verdict = CLASS_REFUSED;
	double error;

	json_object_object_add(config, "model_type", json_object_new_string(row->model_type));
	json_object_array_add(list, json_object_new_string(row->name));
	json_object_object_add(config, "architectures", list);
	if (!dsfit_model_from_json(&site->models, config, &model, &err) && !model.not_understood) {
		error = (double)model.parameters / wanted - 1;
		if ((double)model.parameters == wanted)
			verdict = model.exact ? CLASS_EXACT : CLASS_RIGHT_ESTIMATED;
		else
			verdict = model.exact ? CLASS_EXACT_AND_WRONG : CLASS_ESTIMATED;
		if (fabs(error) > fabs(row->error))
			row->error = error;
	}
	json_object_put(config);
	row->sizes++;
	if (verdict < row->worst)
		row->worst = verdict;
}

/* The row of this class, which is added if it is a new one. */
static struct class_row *row_of(struct class_row *rows, size_t *count, char *const *fields)
{
	struct class_row *last = *count ? &rows[*count - 1] : NULL;

	if (last && !strcmp(last->kind, fields[0]) && !strcmp(last->model_type, fields[1]) &&
	    !strcmp(last->name, fields[2]))
		return last;
	if (*count == ROOM)
		return NULL;
	last = &rows[(*count)++];
	last->worst = CLASS_EXACT;
	snprintf(last->kind, sizeof(last->kind), "%s", fields[0]);
	snprintf(last->model_type, sizeof(last->model_type), "%s", fields[1]);
	snprintf(last->name, sizeof(last->name), "%s", fields[2]);
	return last;
}

static bool read_line(const struct dsfit_site *site, char *line, struct class_row *rows,
		      size_t *count)
{
	char *fields[5], *rest = line;
	struct class_row *row;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&rest, "\t");
		if (!fields[i])
			return false;
	}
	row = row_of(rows, count, fields);
	if (!row)
		return false;
	judge(site, fields[4], strtod(fields[3], NULL), row);
	return true;
}

struct class_row *classes_read(const struct dsfit_site *site, const char *data, size_t *count)
{
	struct class_row *rows = calloc(ROOM, sizeof(*rows));
	size_t size = 0, number = 0;
	char path[4096], *line = NULL;
	bool good = rows != NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/classes.tsv", data);
	file = fopen(path, "r");
	*count = 0;
	while (good && file && getline(&line, &size, file) >= 0 && ++number)
		good = *line == '#' || read_line(site, line, rows, count);
	if (!file || !good)
		fprintf(stderr, "%s:%zu: cannot be read\n", path, number);
	if (file)
		fclose(file);
	free(line);
	if (file && good)
		return rows;
	free(rows);
	return NULL;
}

/* ---- the table ------------------------------------------------------------------------------ */

static void write_line(const struct class_row *rows, size_t count, const char *kind,
		       const char *title)
{
	size_t found[CLASS_VERDICTS] = { 0 }, all = 0;

	for (size_t i = 0; i < count; i++) {
		if (kind && strcmp(rows[i].kind, kind))
			continue;
		found[rows[i].worst]++;
		all++;
	}
	if (!all)
		return;
	printf("| %s | %zu | %.1f |", title, all, 100.0 * (double)found[CLASS_EXACT] / (double)all);
	for (int v = CLASS_EXACT; v >= 0; v--)
		printf(" %zu |", found[v]);
	printf("\n");
}

void write_classes(const struct class_row *rows, size_t count)
{
	static const struct {
		const char *kind, *title;
	} kinds[] = {
		{ NULL, "every class" }, { "CAUSAL_LM", "causal" },
		{ "SEQ_TO_SEQ_CAUSAL_LM", "sequence to sequence" },
		{ "SEQUENCE_CLASSIFICATION", "sequence classification" },
		{ "TOKEN_CLASSIFICATION", "token classification" },
		{ "QUESTION_ANSWERING", "question answering" }, { "MASKED_LM", "masked" },
		{ "IMAGE_TEXT_TO_TEXT", "image and text to text" },
		{ "IMAGE_CLASSIFICATION", "image classification" },
	};

	printf("\n## Parameter counts of transformers' classes\n\n"
	       "The classes of transformers 5.23 in tests/data/classes.tsv, each at three\n"
	       "sizes: its defaults, and two that scripts/architectures has drawn with a seed\n"
	       "by which no section of conf/architectures.conf was chosen. A class counts as\n"
	       "its worst size; exact: in per cent, and how many.\n\n"
	       "| | classes | exact, %% |");
	for (int v = CLASS_EXACT; v >= 0; v--)
		printf(" %s |", verdicts[v]);
	printf("\n|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(kinds); i++)
		write_line(rows, count, kinds[i].kind, kinds[i].title);
	printf("\nThose that are not exact; the error of the count in per cent at the size that\n"
	       "is furthest off:\n\n| class | | error |\n|---|---|---|\n");
	for (size_t i = 0; i < count; i++)
		if (rows[i].worst != CLASS_EXACT)
			printf("| %s | %s | %.2f |\n", rows[i].name, verdicts[rows[i].worst],
			       100 * rows[i].error);
}
