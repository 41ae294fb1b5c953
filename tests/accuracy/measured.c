/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/data/measured.csv: published jobs, one a row, with columns named in its first line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/base/word.h"
#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/table.h"

static int word_of(const struct table *row, const char *name, const char *const *names)
{
	const char *text = table_text(row, name);

	return *text ? dsfit_word(names, text) : 0;
}

/* The shape as the row has it; whether head and embedding are one shows in the count. */
static int read_model(const struct table *row, struct dsfit_model *model, struct dsfit_error *err)
{
	uint64_t parameters = table_number(row, "params", 0);
	struct dsfit_shape *s = &model->shape;
	struct dsfit_counts counts;

	memset(model, 0, sizeof(*model));
	snprintf(model->name, sizeof(model->name), "%s", table_text(row, "model"));
	s->layers = table_number(row, "layers", 0);
	s->hidden = table_number(row, "hidden", 0);
	s->heads = table_number(row, "heads", 0);
	s->kv_heads = table_number(row, "kv_heads", 0);
	s->ffn = table_number(row, "ffn", 0);
	s->gated = table_number(row, "gated", 1);
	s->vocab = table_number(row, "vocab", 0);
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
	t->base_weights_given = *table_text(row, "base_weights");
	t->base_weights = word_of(row, "base_weights", dsfit_base_weights_names);
	t->lora_rank = table_number(row, "lora_rank", 8);
	t->lora_targets = word_of(row, "lora_targets", dsfit_lora_targets_names);
	t->zero = (unsigned)table_number(row, "zero", 0);
	t->zero_given = true;
	t->offload_optimizer = word_of(row, "offload_optimizer", dsfit_offload_names);
	t->offload_param = word_of(row, "offload_param", dsfit_offload_names);
	t->tensor = table_number(row, "tensor", 1);
	t->pipeline = table_number(row, "pipeline", 1);
	t->micro_batch = table_number(row, "micro_batch", 1);
	t->sequence = table_number(row, "sequence", 2048);
	t->precision = word_of(row, "precision", dsfit_precision_names);
	t->checkpointing = word_of(row, "checkpointing", dsfit_checkpointing_names);
	t->attention = word_of(row, "attention", dsfit_attention_names);
	t->optimizer = word_of(row, "optimizer", dsfit_optimizer_names);
	/* A pipeline's micro-batches in flight are what accumulation gives it. */
	t->accumulation = t->pipeline;
}

static int read_row(const void *context, const struct table *table, void *out)
{
	const struct dsfit_site *site = context;
	struct measured *row = out;
	struct dsfit_error err = { "" };
	uint64_t gpus = table_number(table, "gpus", 1), nodes = table_number(table, "nodes", 1);

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", table_text(table, "id"));
	snprintf(row->source, sizeof(row->source), "%s", table_text(table, "group"));
	snprintf(row->kind, sizeof(row->kind), "%s", table_text(table, "peak_kind"));
	row->capacity = strtod(table_text(table, "gpu_gib"), NULL) * (double)DSFIT_GIB;
	row->peak = strtod(table_text(table, "peak_gib"), NULL) * (double)DSFIT_GIB;
	row->ran = !strcmp(table_text(table, "verdict"), "fits");
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
	return table_read_all(data, "measured.csv", sizeof(struct measured), read_row, site, count);
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
