/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/gpus_used.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/script/flags.h"

static uint32_t note(struct dsfit_script_training *t, uint64_t gpus, const char *source)
{
	char digits[DSFIT_DIGITS];

	if (!gpus || gpus > 4096)
		return 0;
	dsfit_script_note(t, DSFIT_SAYS_GPUS_USED, dsfit_digits(gpus, digits), source,
			  DSFIT_SURE_FLAG);
	return (uint32_t)gpus;
}

static const char *line(struct dsfit_script_training *t, uint32_t from)
{
	return DSFIT_FROM_FILE(from) ? "" : dsfit_script_source(t->r, from);
}

/* All GPUs of a node that the job has. */
static uint32_t all(const struct dsfit_script_training *t)
{
	const struct dsfit_step *step = &t->launch->step;
	const struct dsfit_script_request *r = t->r->request;

	return step->gpus_per_node ? step->gpus_per_node : r->gpus_per_node;
}

static const char *all_source(struct dsfit_script_training *t)
{
	return line(t, DSFIT_FROM(0, t->r->request->gpus_line));
}

/* "slots=8" in a file of hosts. */
static uint32_t slots(struct dsfit_script_training *t, struct dsfit_span name, uint32_t *from)
{
	const struct dsfit_cells *text = dsfit_files_read(&t->r->shell, name);
	struct dsfit_span number;
	int64_t value;

	for (size_t i = 0; text && i + 6 < text->count; i++) {
		struct dsfit_span at = { text->at + i, text->at + i + 6 };

		if (!dsfit_span_is(at, "slots="))
			continue;
		number.begin = number.end = at.end;
		while (number.end < text->at + text->count && number.end->c >= '0' &&
		       number.end->c <= '9')
			number.end++;
		*from = dsfit_span_from(number);
		if (dsfit_span_number(number, &value) && value > 0 && value <= 4096)
			return (uint32_t)value;
	}
	return 0;
}

/* --include localhost:0,1 and CUDA_VISIBLE_DEVICES=0,1 */
static uint32_t count_list(struct dsfit_span list)
{
	uint32_t count = 0;

	for (const struct dsfit_cell *c = list.begin; c < list.end; c++)
		if (c->c == ':')
			list.begin = c + 1;
	if (!dsfit_span_length(list) || dsfit_span_has(list, DSFIT_CELL_UNKNOWN))
		return 0;
	for (count = 1; list.begin < list.end; list.begin++)
		count += list.begin->c == ',';
	return count;
}

/* Those that the script says itself: what Slurm sets is what it asks for. */
static uint32_t visible(struct dsfit_script_training *t)
{
	const struct dsfit_value *value = dsfit_variables_get(&t->r->shell.variables,
							      DSFIT_VARIABLE,
							      "CUDA_VISIBLE_DEVICES");
	static const struct dsfit_words none = { NULL, 0, 0 };
	struct dsfit_span list = dsfit_words_at(value ? &value->items : &none, 0);

	if (dsfit_span_from(list) == DSFIT_FROM(0, t->r->request->gpus_line))
		return 0;
	return count_list(list);
}

static uint32_t nodes_of(const struct dsfit_script_training *t)
{
	const struct dsfit_launcher *l = t->launch->launcher;
	const struct dsfit_flag *f = l ? dsfit_flag_find(&t->launch->options, &l->nodes) : NULL;
	int64_t nodes;

	if (f && dsfit_span_number(f->value, &nodes) && nodes > 0 && nodes < 100000)
		return (uint32_t)nodes;
	return t->launch->step.nodes ? t->launch->step.nodes : 1;
}

/* By the launcher's own options. */
static uint32_t by_launcher(struct dsfit_script_training *t, bool *decided)
{
	const struct dsfit_launch *launch = t->launch;
	const struct dsfit_launcher *l = launch->launcher;
	const struct dsfit_flag *f = dsfit_flag_find(&launch->options, &l->per_node);
	static char *const include_name[] = { (char *)"include", (char *)"i" };
	const struct dsfit_names include = { (char **)include_name, 2 };
	int64_t number;
	uint32_t from = 0, count;

	*decided = f;
	if (f && dsfit_span_number(f->value, &number))
		return note(t, (uint64_t)number, line(t, dsfit_span_from(f->value)));
	if (f && (dsfit_span_is(f->value, "gpu") || dsfit_span_is(f->value, "auto")))
		return note(t, all(t), all_source(t));
	f = f ? NULL : dsfit_flag_find(&launch->options, &l->total);
	if (f) {
		*decided = true;
		if (!dsfit_span_number(f->value, &number) || number % nodes_of(t))
			return 0;
		return note(t, (uint64_t)number / nodes_of(t), line(t, dsfit_span_from(f->value)));
	}
	f = *decided ? NULL : dsfit_flag_find(&launch->options, &include);
	if (f)
		return note(t, count_list(f->value), line(t, dsfit_span_from(f->value)));
	f = *decided ? NULL : dsfit_flag_find(&launch->options, &l->hosts);
	if (f) {
		*decided = true;
		count = slots(t, f->value, &from);
		return note(t, count, line(t, from));
	}
	return 0;
}

/* What starts its processes itself has the launchers' options among its own: trl sft. */
static uint32_t by_own_options(struct dsfit_script_training *t)
{
	const struct dsfit_launchers *l = t->r->launchers;
	int64_t number;

	for (size_t i = 0; i < l->launchers; i++) {
		const struct dsfit_launcher *one = &l->launcher[i];
		const struct dsfit_flag *f = dsfit_flag_find(&t->launch->flags, &one->per_node);
		uint32_t nodes = 1;

		if (!f) {
			f = dsfit_flag_find(&t->launch->flags, &one->total);
			nodes = nodes_of(t);
		}
		if (f && dsfit_span_number(f->value, &number) && number > 0 &&
		    number % nodes == 0)
			return note(t, (uint64_t)number / nodes,
				    line(t, dsfit_span_from(f->value)));
	}
	return 0;
}

/* Tasks that srun or the request starts, one a GPU. */
static uint32_t by_tasks(struct dsfit_script_training *t)
{
	const struct dsfit_step *step = &t->launch->step;
	uint32_t nodes = step->nodes ? step->nodes : 1;
	uint32_t tasks = step->tasks_per_node ? step->tasks_per_node :
			 step->tasks ? step->tasks / nodes : 0;

	if (tasks > 1 || all(t) == 1)
		return note(t, tasks > 1 ? tasks : 1, line(t, step->from));
	return 0;
}

/* The copies of the model, and the GPUs of each, as nanotron's file has them. */
static uint32_t by_copies(struct dsfit_script_training *t)
{
	const uint64_t factors[] = {
		t->copies.value, strtoull(t->fact[DSFIT_SAYS_TENSOR].text, NULL, 10),
		strtoull(t->fact[DSFIT_SAYS_PIPELINE].text, NULL, 10), t->context.value,
	};
	uint64_t gpus = 1;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(factors) && gpus <= 1000000; i++)
		gpus *= factors[i] > 1000000 ? 1000001 : factors[i] ? factors[i] : 1;
	if (!t->copies.value || gpus > 1000000 || gpus % nodes_of(t))
		return 0;
	return note(t, gpus / nodes_of(t), t->copies.source);
}

uint32_t dsfit_gpus_used(struct dsfit_script_training *t, const struct dsfit_trainer *trainer)
{
	const struct dsfit_launch *launch = t->launch;
	uint32_t gpus = 0;
	bool decided = false;

	if (launch->launcher)
		gpus = by_launcher(t, &decided);
	else if (trainer && trainer->starts_all)
		gpus = by_own_options(t);
	/* What the launcher is told may be known to nobody. */
	if (gpus || (decided && !t->copies.value))
		return gpus;
	if (t->processes.value && t->processes.value % nodes_of(t) == 0)
		return note(t, t->processes.value / nodes_of(t), t->processes.source);
	if (t->world.value && t->world.value % nodes_of(t) == 0)
		return note(t, t->world.value / nodes_of(t), t->world.source);
	if (t->gpus.value && t->gpus.value <= 64)
		return note(t, t->gpus.value, t->gpus.source);
	gpus = by_copies(t);
	if (gpus)
		return gpus;
	if ((trainer && trainer->starts_all) ||
	    (launch->launcher && launch->launcher->hosts.count))
		return note(t, visible(t) ? visible(t) : all(t), all_source(t));
	if (!launch->launcher && launch->step.by_srun)
		return by_tasks(t);
	/* Without a launcher there is one process; with one there are no more than GPUs. */
	if (!launch->launcher && visible(t) == 1)
		return note(t, 1, all_source(t));
	return all(t) == 1 ? note(t, 1, all_source(t)) : 0;
}
