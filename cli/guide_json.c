/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write the guide as one JSON object. Each table is an array of rows:
 *
 *   { "storage": [ { "guide": { ... },    the guide's own words, by column
 *                    "verdict": "fits",
 *                    "account": [ ... ]    dsfit's estimate of each job that the row is about
 *                  }, ... ],
 *     ..., "recommendations": [ ... ] }
 *
 * Bytes are integers. Unknown figures are null.
 */
#include "cli/guide_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common.h"
#include "cli/guide_rows.h"
#include "cli/output.h"
#include "core/formats/json_write.h"
#include "core/site/card_name.h"

static void put(struct json_object *o, const char *key, struct json_object *value)
{
	dsfit_json_add(o, key, value);
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	put(o, key, json_object_new_string(text));
}

static void put_number(struct json_object *o, const char *key, uint64_t number)
{
	put(o, key, dsfit_json_whole(number));
}

/* 0 means unknown: write null. */
static void put_known(struct json_object *o, const char *key, uint64_t number)
{
	put(o, key, dsfit_json_known(number));
}

static void put_real(struct json_object *o, const char *key, double number)
{
	put(o, key, number < 0 ? NULL : json_object_new_double(number));
}

static struct json_object *gpu_json(const struct dsfit_assessment *s)
{
	struct json_object *o = json_object_new_object();

	put_number(o, "peak", s->account.gpu.peak);
	put_number(o, "low", s->account.gpu.low);
	put_number(o, "high", s->account.gpu.high);
	put_known(o, "capacity", s->gpu_capacity);
	return o;
}

static struct json_object *host_json(const struct dsfit_assessment *s)
{
	struct json_object *o = json_object_new_object();

	put_number(o, "per_node", s->account.host.per_node);
	put_number(o, "low", s->account.host.low);
	put_number(o, "high", s->account.host.high);
	put_known(o, "capacity", s->host_capacity);
	return o;
}

static struct json_object *verdict_json(const struct dsfit_assessment *s)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "gpu", dsfit_verdict_names[s->gpu]);
	put_text(o, "host", dsfit_verdict_names[s->host]);
	put_text(o, "nvme", dsfit_verdict_names[s->nvme]);
	put_text(o, "storage", dsfit_verdict_names[s->storage]);
	put_text(o, "network", dsfit_verdict_names[s->network]);
	put_text(o, "overall", dsfit_verdict_names[s->overall]);
	return o;
}

/* Add the figures that only one kind of table has. */
static void put_subject(struct json_object *o, const struct dsfit_guide_table *table,
			const struct dsfit_guide_row *row, const struct dsfit_comparison *c)
{
	const struct dsfit_account *need = &c->assessment.account;
	struct json_object *part = json_object_new_object();

	switch (table->subject) {
	case DSFIT_GUIDE_REDUCTION:
		put_number(part, "divided", c->divided);
		put_real(part, "times_less", c->less);
		/* fall through */
	case DSFIT_GUIDE_ESTIMATE:
		put_number(part, "account", c->need);
		put_number(part, "guide", c->guide);
		put(o, "estimate", part);
		return;
	case DSFIT_GUIDE_STORAGE:
		put_number(part, "checkpoint", need->storage.checkpoint);
		put_number(part, "total", need->storage.total);
		put_number(part, "capacity", row->figure);
		put(o, "storage", part);
		return;
	case DSFIT_GUIDE_NETWORK:
		put_number(part, "bytes_per_step", need->network.bytes_per_step);
		put_real(part, "required_gbps", (double)need->network.required / 1e9);
		put_real(part, "capacity_gbps", (double)row->figure / 1e9);
		put_real(part, "waiting", c->assessment.waiting);
		put(o, "network", part);
		return;
	case DSFIT_GUIDE_PRICE:
		put_real(part, "per_hour", c->assessment.price);
		put_real(part, "per_billion_tokens", c->assessment.price_per_billion);
		put(o, "cost", part);
		return;
	default:
		json_object_put(part);
		return;
	}
}

static struct json_object *answer_json(const struct dsfit_guide_table *table,
				       const struct dsfit_guide_row *row,
				       const struct guide_answer *a)
{
	const struct dsfit_comparison *c = &a->comparison;
	struct json_object *o = json_object_new_object();
	char options[512];

	put_text(o, "job", a->job);
	put(o, "in_the_row", json_object_new_boolean(!a->check->otherwise));
	put_text(o, "verdict", dsfit_verdict_names[a->verdict]);
	put_text(o, "note", a->words);
	if (!a->known)
		return o;
	put_text(o, "options", dsfit_compare_options(a->check, c, options, sizeof(options)));
	put_number(o, "parameters", c->workload.model.parameters);
	put_number(o, "zero", c->workload.training.zero);
	put(o, "gpu", gpu_json(&c->assessment));
	put(o, "host", host_json(&c->assessment));
	put_subject(o, table, row, c);
	put(o, "verdicts", verdict_json(&c->assessment));
	return o;
}

/* Return the figures of a GPU itself, which do not depend on a job. */
static struct json_object *card_json(const struct dsfit_site *site, const struct guide_answer *a)
{
	static const char *const keys[GUIDE_METHODS] = { "largest_full", "largest_lora",
						     "largest_qlora" };
	const struct dsfit_gpu *gpu = dsfit_site_gpu(site, a->check->gpu);
	struct json_object *o = json_object_new_object();

	put_text(o, "name", a->check->gpu);
	put_known(o, "capacity", gpu ? gpu->memory : 0);
	put_real(o, "price", gpu ? gpu->price : -1);
	for (int i = 0; i < GUIDE_METHODS; i++)
		put_known(o, keys[i], a->largest[i]);
	return o;
}

static struct json_object *row_json(const struct dsfit_site *site,
				    const struct dsfit_guide_table *table,
				    const struct guide_row *row)
{
	struct json_object *o = json_object_new_object(), *words = json_object_new_object();
	struct json_object *answers = json_object_new_array(), *cards = json_object_new_array();

	for (size_t i = 0; i < DSFIT_GUIDE_COLUMNS && table->column[i]; i++)
		put_text(words, table->column[i], row->cell[i]);
	for (size_t i = 0; i < row->count; i++) {
		const struct guide_answer *a = &row->answer[i];

		dsfit_json_append(answers, answer_json(table, row->guide, a));
		if (a->check->gpu && (!i || strcmp(a->check->gpu, row->answer[i - 1].check->gpu)))
			dsfit_json_append(cards, card_json(site, a));
	}
	put(o, "guide", words);
	put(o, "note", table->note ? json_object_new_string(table->note) : NULL);
	put_text(o, "verdict", dsfit_verdict_names[row->verdict]);
	if (table->subject == DSFIT_GUIDE_CARDS)
		put(o, "cards", cards);
	else
		json_object_put(cards);
	put(o, "account", answers);
	return o;
}

static struct json_object *recommendations_json(void)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; dsfit_guide_recommendations[i][0]; i++) {
		struct json_object *o = json_object_new_object();

		put_text(o, "for", dsfit_guide_recommendations[i][0]);
		put_text(o, "recommendation", dsfit_guide_recommendations[i][1]);
		dsfit_json_append(array, o);
	}
	return array;
}

void guide_json(const struct dsfit_site *site)
{
	struct json_object *root;

	dsfit_json_begin();
	root = json_object_new_object();
	for (size_t i = 0; i < DSFIT_GUIDE_TABLES; i++) {
		const struct dsfit_guide_table *table = &dsfit_guide_tables[i];
		struct json_object *array = json_object_new_array();
		struct guide_row *rows = guide_ask(site, table);

		for (size_t k = 0; k < table->row_count; k++)
			dsfit_json_append(array, row_json(site, table, &rows[k]));
		put(root, table->key, array);
		free(rows);
	}
	put(root, "recommendations", recommendations_json());
	cli_print_json(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}
