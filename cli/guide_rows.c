/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit guide: the hardware guide's eleven tables, each row beside what the account says of the
 * jobs that it is about. All rows are asked first; text and JSON are made from the same answers.
 */
#include "cli/guide_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "core/base/size.h"

static void add(char text[GUIDE_WORDS], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(char text[GUIDE_WORDS], const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, GUIDE_WORDS - length, format, args);
	va_end(args);
}

/* Whether the row's own words leave open what its jobs run on. */
static bool names_no_card(const struct dsfit_guide_table *table,
			  const struct dsfit_guide_check *check)
{
	switch (table->subject) {
	case DSFIT_GUIDE_CARDS:
		return check->gpus > 1;
	case DSFIT_GUIDE_SETUP:
		return table == &dsfit_guide_tables[DSFIT_GUIDE_TREE];
	case DSFIT_GUIDE_PRICE:
		return false;
	default:
		return true;
	}
}

static void say_job(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		    struct guide_answer *a)
{
	const struct dsfit_guide_check *check = a->check;
	const struct dsfit_gpu *gpu = check->gpu ? dsfit_site_gpu(site, check->gpu) : NULL;
	const uint64_t nodes = check->nodes ? check->nodes : 1;

	add(a->job, "%s%s", check->otherwise ? "or " : "", check->model);
	if (check->method)
		add(a->job, " %s", strcmp(check->method, "lora") ? "QLoRA" : "LoRA");
	if (check->offload)
		add(a->job, " offload");
	if (!names_no_card(table, check))
		return;
	if (!check->gpu) {
		add(a->job, ", %llu GPU%s", (unsigned long long)(nodes * check->gpus),
		    nodes * check->gpus > 1 ? "s" : "");
		return;
	}
	add(a->job, ", ");
	if (nodes > 1)
		add(a->job, "%llux ", (unsigned long long)nodes);
	add(a->job, "%llux %s", (unsigned long long)check->gpus, gpu ? gpu->label : check->gpu);
}

static void say_gpu(const struct dsfit_assessment *s, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT], high[DSFIT_SIZE_TEXT], has[DSFIT_SIZE_TEXT];

	add(words, "%s", dsfit_format_bytes(s->account.gpu.peak, need));
	if (s->gpu == DSFIT_TIGHT)
		add(words, " (up to %s)", dsfit_format_bytes(s->account.gpu.high, high));
	add(words, " of %s", dsfit_format_bytes(s->gpu_capacity, has));
}

/* The high end is never below the guide's minimum: where it is just that, the need itself. */
static void say_host(const struct dsfit_assessment *s, char words[GUIDE_WORDS])
{
	const struct dsfit_host_account *host = &s->account.host;
	char low[DSFIT_SIZE_TEXT], high[DSFIT_SIZE_TEXT];

	if (host->high > host->guide_minimum)
		add(words, "%s to %s", dsfit_format_bytes(host->low, low),
		    dsfit_format_bytes(host->high, high));
	else
		add(words, "%s", dsfit_format_bytes(host->per_node, low));
}

/* The GPU's memory, and the host's where something is offloaded or it is too little. */
static void say_setup(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	const struct dsfit_assessment *s = &c->assessment;
	const struct dsfit_training *t = &c->workload.training;
	const struct dsfit_guide_row *ram = 
		dsfit_guide_ram(c->workload.model.parameters, t->zero,
				t->offload_optimizer != DSFIT_OFFLOAD_NONE);

	say_gpu(s, words);
	if (s->host == DSFIT_FITS && t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		return;
	add(words, "; host ");
	say_host(s, words);
	add(words, "%s %s", s->host == DSFIT_EXCEEDS ? ", not" : " of", ram->cell[1]);
}

static void say_estimate(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT], guide[DSFIT_SIZE_TEXT];

	add(words, "%s, by the guide %s", dsfit_format_bytes(c->need, need),
	    dsfit_format_bytes(c->guide, guide));
}

static void say_reduction(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	static const char *const divided[] = { "", "optimizer", "optimizer + gradients",
					       "states" };
	char part[DSFIT_SIZE_TEXT];

	add(words, "%s %s; in all ", divided[c->workload.training.zero & 3],
	    dsfit_format_bytes(c->divided, part));
	say_estimate(c, words);
	add(words, "; %.1fx less", c->less);
}

/* The account is never below the guide's figure: where it is no more, the checkpoint tells. */
static void say_storage(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	const struct dsfit_account *need = &c->assessment.account;
	char checkpoint[DSFIT_SIZE_TEXT], all[DSFIT_SIZE_TEXT];

	add(words, "a checkpoint is %s", dsfit_format_bytes(need->storage.checkpoint, checkpoint));
	if (need->storage.total > dsfit_guide_storage(c->workload.model.parameters)->figure)
		add(words, ", %s with the weights", dsfit_format_bytes(need->storage.total, all));
}

static void say_network(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT];

	if (c->waiting >= 0)
		add(words, "waits %.0f%% of a step, ", 100 * c->waiting);
	add(words, "wants %s", dsfit_format_rate(c->assessment.account.network.required, need));
}

/* The site's own price beside the guide's. */
static void say_price(const struct dsfit_site *site, const struct dsfit_guide_row *row,
		      const struct guide_answer *a, char words[GUIDE_WORDS])
{
	const struct dsfit_gpu *gpu = dsfit_site_gpu(site, a->check->gpu);

	add(words, "$%.2f a GPU and hour", row->price / (double)a->check->gpus);
	if (gpu && gpu->price >= 0)
		add(words, " ($%.2f here)", gpu->price);
	if (a->comparison.assessment.price_per_billion >= 0)
		add(words, ", $%.2f a billion tokens", a->comparison.assessment.price_per_billion);
}

static void say_words(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		      const struct dsfit_guide_row *row, struct guide_answer *a)
{
	switch (table->subject) {
	case DSFIT_GUIDE_CARDS:
		say_gpu(&a->comparison.assessment, a->words);
		break;
	case DSFIT_GUIDE_ESTIMATE:
		say_estimate(&a->comparison, a->words);
		break;
	case DSFIT_GUIDE_REDUCTION:
		say_reduction(&a->comparison, a->words);
		break;
	case DSFIT_GUIDE_SETUP:
		say_setup(&a->comparison, a->words);
		break;
	case DSFIT_GUIDE_RAM:
		say_host(&a->comparison.assessment, a->words);
		add(a->words, " a node");
		break;
	case DSFIT_GUIDE_STORAGE:
		say_storage(&a->comparison, a->words);
		break;
	case DSFIT_GUIDE_NETWORK:
		say_network(&a->comparison, a->words);
		break;
	case DSFIT_GUIDE_PRICE:
		say_price(site, row, a, a->words);
		break;
	}
}

static void ask(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		struct guide_answer *a)
{
	const struct dsfit_gpu *gpu = check->gpu ? dsfit_site_gpu(site, check->gpu) : NULL;
	struct dsfit_error err;

	memset(a, 0, sizeof(*a));
	a->check = check;
	a->known = !dsfit_compare(site, table, row, check, &a->comparison, &err);
	a->verdict = a->known ? a->comparison.verdict : DSFIT_UNKNOWN;
	say_job(site, table, a);
	if (!a->known)
		add(a->words, "%s", err.text);
	else
		say_words(site, table, row, a);
	for (int i = 0; gpu && table->subject == DSFIT_GUIDE_CARDS && i < GUIDE_METHODS; i++)
		a->largest[i] = dsfit_compare_largest(site, gpu, (enum dsfit_method)i);
}

static void worsen(enum dsfit_verdict *worst, enum dsfit_verdict verdict)
{
	if (verdict > *worst)
		*worst = verdict;
}

static void ask_row(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		    const struct dsfit_guide_row *guide, struct guide_row *row)
{
	memset(row, 0, sizeof(*row));
	row->guide = guide;
	for (size_t i = 0; i < DSFIT_GUIDE_COLUMNS && table->column[i]; i++)
		row->cell[i] = dsfit_compare_cell(site, guide, i, row->text[i]);
	for (size_t i = 0; i < DSFIT_GUIDE_CHECKS && guide->check[i].model; i++) {
		struct guide_answer *a = &row->answer[row->count++];

		ask(site, table, guide, &guide->check[i], a);
		if (a->check->otherwise)
			continue;
		worsen(&row->verdict, a->verdict);
		worsen(&row->gpu, a->known ? a->comparison.assessment.gpu : DSFIT_UNKNOWN);
		worsen(&row->host, a->known ? a->comparison.assessment.host : DSFIT_UNKNOWN);
	}
}

struct guide_row *guide_ask(const struct dsfit_site *site, const struct dsfit_guide_table *table)
{
	struct guide_row *rows = calloc(table->row_count, sizeof(*rows));

	cli_need(!rows);
	for (size_t i = 0; i < table->row_count; i++)
		ask_row(site, table, &table->rows[i], &rows[i]);
	return rows;
}

int cli_guide(int argc, char **argv)
{
	struct cli_common common;
	struct dsfit_site *site = cli_open(argc, argv, "Print the hardware guide's eleven tables, "
					   "each row beside what the account says of the jobs "
					   "that it is about.", &common);
	int rc = common.json ? guide_json(site) : guide_text(site);

	dsfit_site_free(site);
	return rc;
}
