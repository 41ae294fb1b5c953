/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "dsfit guide" puts the estimates of a guide row's job into one line of words. Which figures the
 * line holds depends on what the table is about: a card's memory, host memory, storage, ...
 */
#include "cli/guide_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/site/card_name.h"

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

/* Return whether the guide's row does not name the GPUs of its jobs. */
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

void guide_say_job(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		   const struct dsfit_guide_check *check, char job[GUIDE_WORDS])
{
	const struct dsfit_gpu *gpu = check->gpu ? dsfit_site_gpu(site, check->gpu) : NULL;
	const uint64_t nodes = check->nodes ? check->nodes : 1;

	add(job, "%s%s", check->otherwise ? "or " : "", check->model);
	if (check->method)
		add(job, " %s", strcmp(check->method, "lora") ? "QLoRA" : "LoRA");
	if (check->offload)
		add(job, " offload");
	if (!names_no_card(table, check))
		return;
	if (!check->gpu) {
		add(job, ", %llu GPU%s", (unsigned long long)(nodes * check->gpus),
		    nodes * check->gpus > 1 ? "s" : "");
		return;
	}
	add(job, ", ");
	if (nodes > 1)
		add(job, "%llux ", (unsigned long long)nodes);
	add(job, "%llux %s", (unsigned long long)check->gpus, gpu ? gpu->label : check->gpu);
}

static void say_gpu(const struct dsfit_assessment *s, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT], high[DSFIT_SIZE_TEXT], has[DSFIT_SIZE_TEXT];

	add(words, "%s", dsfit_format_bytes(s->account.gpu.peak, need));
	if (s->gpu == DSFIT_TIGHT)
		add(words, " (up to %s)", dsfit_format_bytes(s->account.gpu.high, high));
	add(words, " of %s", dsfit_format_bytes(s->gpu_capacity, has));
}

/* The high estimate is never below the guide's minimum. If it equals the minimum, there is no range
 * to print. */
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

/* Name the GPU's memory. Name the host's too if the optimizer is offloaded or memory is short. */
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
	add(words, s->host == DSFIT_EXCEEDS ? "; host needs " : "; host ");
	say_host(s, words);
	add(words, s->host == DSFIT_EXCEEDS ? ", the guide has %s" : " of %s", ram->cell[1]);
}

static void say_estimate(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT], guide[DSFIT_SIZE_TEXT];

	add(words, "%s, the guide says %s", dsfit_format_bytes(c->need, need),
	    dsfit_format_bytes(c->guide, guide));
}

static void say_reduction(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	static const char *const divided[] = { "", "optimizer", "optimizer + gradients",
					       "states" };
	char part[DSFIT_SIZE_TEXT];

	add(words, "%s %s; in total ", divided[c->workload.training.zero & 3],
	    dsfit_format_bytes(c->divided, part));
	say_estimate(c, words);
	add(words, "; a GPU's peak is %.1fx less than without ZeRO", c->less);
}

/* The total is never below the guide's figure. If it equals the figure, only the checkpoint is
 * worth a line. */
static void say_storage(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	const struct dsfit_account *need = &c->assessment.account;
	char checkpoint[DSFIT_SIZE_TEXT], all[DSFIT_SIZE_TEXT];

	add(words, "checkpoint %s", dsfit_format_bytes(need->storage.checkpoint, checkpoint));
	if (need->storage.total > dsfit_guide_storage(c->workload.model.parameters)->figure)
		add(words, ", %s with the weights", dsfit_format_bytes(need->storage.total, all));
}

static void say_network(const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	char need[DSFIT_SIZE_TEXT];

	if (c->assessment.waiting >= 0)
		add(words, "GPUs wait %.0f%% of a step; ", 100 * c->assessment.waiting);
	add(words, "each node needs %s",
	    dsfit_format_rate(c->assessment.account.network.required, need));
}

/* Name the guide's price and, if it has one, the site's own. */
static void say_price(const struct dsfit_site *site, const struct dsfit_guide_row *row,
		      const struct dsfit_guide_check *check, const struct dsfit_comparison *c,
		      char words[GUIDE_WORDS])
{
	const struct dsfit_gpu *gpu = dsfit_site_gpu(site, check->gpu);

	add(words, "$%.2f per GPU and hour", row->price / (double)check->gpus);
	if (gpu && gpu->price >= 0)
		add(words, " ($%.2f here)", gpu->price);
	if (c->assessment.price_per_billion >= 0)
		add(words, ", $%.2f per billion tokens", c->assessment.price_per_billion);
}

void guide_say_answer(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		      const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		      const struct dsfit_comparison *c, char words[GUIDE_WORDS])
{
	switch (table->subject) {
	case DSFIT_GUIDE_CARDS:
		say_gpu(&c->assessment, words);
		break;
	case DSFIT_GUIDE_ESTIMATE:
		say_estimate(c, words);
		break;
	case DSFIT_GUIDE_REDUCTION:
		say_reduction(c, words);
		break;
	case DSFIT_GUIDE_SETUP:
		say_setup(c, words);
		break;
	case DSFIT_GUIDE_RAM:
		say_host(&c->assessment, words);
		add(words, " per node");
		break;
	case DSFIT_GUIDE_STORAGE:
		say_storage(c, words);
		break;
	case DSFIT_GUIDE_NETWORK:
		say_network(c, words);
		break;
	case DSFIT_GUIDE_PRICE:
		say_price(site, row, check, c, words);
		break;
	}
}
