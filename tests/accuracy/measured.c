/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/data/measured.csv: published jobs, one a row, with columns named in its first line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/base/word.h"
#include "tests/accuracy/accuracy.h"

#define FIELDS 64

struct table {
	char *names[FIELDS], *values[FIELDS];
	int columns;
};

/* Cut a line at its commas; none of the data has one inside a field. */
static int cut(char *line, char *fields[FIELDS])
{
	int count = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && count < FIELDS)
		fields[count++] = strsep(&line, ",");
	return count;
}

static const char *text_of(const struct table *row, const char *name)
{
	for (int i = 0; i < row->columns; i++)
		if (!strcmp(row->names[i], name))
			return row->values[i];
	return "";
}

static uint64_t number_of(const struct table *row, const char *name, uint64_t otherwise)
{
	const char *text = text_of(row, name);

	return *text ? strtoull(text, NULL, 10) : otherwise;
}

static int word_of(const struct table *row, const char *name, const char *const *names)
{
	const char *text = text_of(row, name);

	return *text ? dsfit_word(names, text) : 0;
}

/* The shape as the row has it; whether head and embedding are one shows in the count. */
static int read_model(const struct table *row, struct dsfit_model *model, struct dsfit_error *err)
{
	uint64_t parameters = number_of(row, "params", 0);
	struct dsfit_shape *s = &model->shape;
	struct dsfit_counts counts;

	memset(model, 0, sizeof(*model));
	snprintf(model->name, sizeof(model->name), "%s", text_of(row, "model"));
	s->layers = number_of(row, "layers", 0);
	s->hidden = number_of(row, "hidden", 0);
	s->heads = number_of(row, "heads", 0);
	s->kv_heads = number_of(row, "kv_heads", 0);
	s->ffn = number_of(row, "ffn", 0);
	s->gated = number_of(row, "gated", 1);
	s->vocab = number_of(row, "vocab", 0);
	s->traits.final_norm = true;
	if (dsfit_shape_complete(s, err))
		return -1;
	dsfit_shape_count(s, &counts);
	s->tied = parameters < counts.parameters - s->vocab * s->hidden / 2;
	if (dsfit_model_count(model, NULL, err))
		return -1;
	model->exact = true;
	dsfit_model_resize(model, parameters, DSFIT_COUNT_PUBLISHED);
	return 0;
}

static void read_training(const struct table *row, struct dsfit_training *t)
{
	dsfit_training_defaults(t);
	t->engine = word_of(row, "engine", dsfit_engine_names);
	t->method = word_of(row, "method", dsfit_method_names);
	t->base_weights_given = *text_of(row, "base_weights");
	t->base_weights = word_of(row, "base_weights", dsfit_base_weights_names);
	t->lora_rank = number_of(row, "lora_rank", 8);
	t->lora_targets = word_of(row, "lora_targets", dsfit_lora_targets_names);
	t->zero = (unsigned)number_of(row, "zero", 0);
	t->zero_given = true;
	t->offload_optimizer = word_of(row, "offload_optimizer", dsfit_offload_names);
	t->offload_param = word_of(row, "offload_param", dsfit_offload_names);
	t->tensor = number_of(row, "tensor", 1);
	t->pipeline = number_of(row, "pipeline", 1);
	t->micro_batch = number_of(row, "micro_batch", 1);
	t->sequence = number_of(row, "sequence", 2048);
	t->precision = word_of(row, "precision", dsfit_precision_names);
	t->checkpointing = word_of(row, "checkpointing", dsfit_checkpointing_names);
	t->attention = word_of(row, "attention", dsfit_attention_names);
	t->optimizer = word_of(row, "optimizer", dsfit_optimizer_names);
	/* A pipeline's micro-batches in flight are what accumulation gives it. */
	t->accumulation = t->pipeline;
}

static int read_row(const struct dsfit_site *site, const struct table *table,
		    struct measured *row)
{
	struct dsfit_error err = { "" };
	uint64_t gpus = number_of(table, "gpus", 1), nodes = number_of(table, "nodes", 1);

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", text_of(table, "id"));
	snprintf(row->source, sizeof(row->source), "%s", text_of(table, "group"));
	snprintf(row->kind, sizeof(row->kind), "%s", text_of(table, "peak_kind"));
	row->capacity = strtod(text_of(table, "gpu_gib"), NULL) * (double)DSFIT_GIB;
	row->peak = strtod(text_of(table, "peak_gib"), NULL) * (double)DSFIT_GIB;
	row->ran = !strcmp(text_of(table, "verdict"), "fits");
	read_training(table, &row->training);
	if (read_model(table, &row->model, &err) ||
	    dsfit_training_settle(&row->training, row->model.parameters, &err)) {
		fprintf(stderr, "measured.csv, %s: %s\n", row->id, err.text);
		return -1;
	}
	row->layout = (struct dsfit_layout){ nodes, dsfit_div_up(gpus, nodes), gpus, 312, 0 };
	dsfit_account(&row->model, &site->families, &row->training, &row->layout, &site->estimate,
		      &row->account);
	return 0;
}

struct measured *measured_read(const struct dsfit_site *site, const char *data, size_t *count)
{
	struct measured *rows = NULL, *grown;
	char path[4096], *line = NULL, *head = NULL;
	struct table table = { .columns = 0 };
	size_t size = 0, head_size = 0;
	FILE *file;

	*count = 0;
	snprintf(path, sizeof(path), "%s/measured.csv", data);
	file = fopen(path, "r");
	if (!file || getline(&head, &head_size, file) <= 0) {
		perror(path);
		goto out;
	}
	table.columns = cut(head, table.names);
	while (getline(&line, &size, file) > 0) {
		grown = realloc(rows, (*count + 1) * sizeof(*rows));
		if (!grown)
			break;
		rows = grown;
		if (cut(line, table.values) != table.columns ||
		    read_row(site, &table, &rows[*count])) {
			free(rows);
			rows = NULL;
			break;
		}
		++*count;
	}
out:
	free(line);
	free(head);
	if (file)
		fclose(file);
	return rows;
}

double measured_predicted(const struct measured *row)
{
	const struct dsfit_gpu_account *gpu = &row->account.gpu;

	if (!strcmp(row->kind, "allocated"))
		return (double)(gpu->peak - gpu->framework - gpu->slack);
	if (!strcmp(row->kind, "reserved"))
		return (double)(gpu->peak - gpu->framework);
	return (double)gpu->peak;
}
