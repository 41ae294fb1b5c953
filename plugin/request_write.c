/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users must recognise their own request, and Slurm does not accept every mix of options. So a
 * correction rewrites the option that asked for the GPUs (the request's `form`) and adds another
 * only if there was none:
 *
 *     form                        GPUs are written as
 *     --gpus, --gpus-per-node     the same option
 *     --gres, --tres-per-task     the same list, with its GPU entry replaced
 *     --gpus-per-task             the same option, or --tres-per-task (see plugin/release.h)
 *     --ntasks-per-gpu            --gpus, only to add a type: the tasks give the number
 *     none                        --gpus-per-node
 *
 * dsfit_request_changes() lists the options that differ. dsfit_request_text() writes a whole
 * request, for messages.
 */
#include "plugin/request_write.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/base/text.h"
#include "plugin/gres.h"
#include "plugin/release.h"

/* A text that is being written into a buffer. If the buffer is too small, `full` is set and nothing
 * more is written. */
struct writer {
	char *text;
	size_t size, length;
	bool full;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
	va_list args;
	int length;

	if (w->full)
		return;
	va_start(args, format);
	length = vsnprintf(w->text + w->length, w->size - w->length, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= w->size - w->length) {
		w->full = true;
		w->text[w->length] = '\0';
		return;
	}
	w->length += (size_t)length;
}

static void put_gpus(struct writer *w, const struct dsfit_request *r)
{
	put(w, "%s%s%llu", r->gpu_type, r->gpu_type[0] ? ":" : "", (unsigned long long)r->gpus);
}

/*
 * Write a gres list with its GPU entry replaced and the other entries unchanged. In --tres-per-task
 * the entry is written as gres/gpu, the only spelling that srun of 24.11 accepts too.
 */
static void put_list(struct writer *w, const char *list, const struct dsfit_request *r,
		     enum dsfit_slurm_option option)
{
	const char *separator = "";
	struct dsfit_gres_item item;
	bool written = false;

	while (dsfit_gres_next(&list, &item) > 0) {
		/* Of several GPU entries only one has a count above 0, so one is enough. */
		if (item.is_gpu && written)
			continue;
		put(w, "%s", separator);
		separator = ",";
		if (!item.is_gpu) {
			put(w, "%.*s", (int)item.length, item.start);
			continue;
		}
		written = true;
		/* Keep the user's spelling: "gpu", "gres:gpu" or "gres/gpu". */
		if (option == SLURM_TRES_PER_TASK)
			put(w, "gres/gpu:");
		else
			put(w, "%.*s:", (int)(dsfit_past_gres(item.start) - item.start + 3),
			    item.start);
		put_gpus(w, r);
	}
}

static void put_size(struct writer *w, uint64_t bytes)
{
	if (!bytes)
		put(w, "0");
	else if (bytes % DSFIT_GIB)
		put(w, "%lluM", (unsigned long long)dsfit_div_up(bytes, DSFIT_MIB));
	else
		put(w, "%lluG", (unsigned long long)(bytes / DSFIT_GIB));
}

static void put_nodes(struct writer *w, const struct dsfit_request *r)
{
	put(w, "%llu", (unsigned long long)r->nodes_min);
	if (r->nodes_max && r->nodes_max != r->nodes_min)
		put(w, "-%llu", (unsigned long long)r->nodes_max);
}

/* The changes of one correction. */
struct change_list {
	struct dsfit_slurm_change *changes;
	int count;
	bool full;			/* a change had no room */
};

static struct writer add_change(struct change_list *list, enum dsfit_slurm_option option)
{
	struct dsfit_slurm_change *change = &list->changes[list->count];

	if (list->count == DSFIT_SLURM_CHANGES) {
		list->full = true;
		return (struct writer){ .full = true };
	}
	list->count++;
	memset(change, 0, sizeof(*change));
	change->option = option;
	return (struct writer){ .text = change->value, .size = sizeof(change->value) };
}

static void add_reset(struct change_list *list, enum dsfit_slurm_option option)
{
	if (!add_change(list, option).full)
		list->changes[list->count - 1].reset = true;
}

/* Slurm has bound each task to as many GPUs as were typed. Bind it to the new number. */
static void change_binding(const struct dsfit_slurm_options *o, const struct dsfit_slurm *slurm,
			   const struct dsfit_request *from, const struct dsfit_request *to,
			   struct change_list *list)
{
	const char *prefix = dsfit_release_task_binding(slurm->release);
	const char *bound = o->text[SLURM_TRES_BIND];
	char was[64];
	struct writer w;

	if (from->scope != DSFIT_GPUS_PER_TASK || from->gpus == to->gpus || !prefix || !bound)
		return;
	snprintf(was, sizeof(was), "%s%llu", prefix, (unsigned long long)from->gpus);
	/* The user typed any other binding: keep it. */
	if (strcmp(bound, was))
		return;
	w = add_change(list, SLURM_TRES_BIND);
	put(&w, "%s%llu", prefix, (unsigned long long)to->gpus);
}

static int change_gpus(const struct dsfit_slurm_options *o, const struct dsfit_slurm *slurm,
		       const struct dsfit_request *to, struct change_list *list)
{
	struct writer w;

	switch (to->form) {
	case SLURM_NTASKS_PER_GPU:
		/* The tasks give the number of GPUs. --gpus can only add their type. */
		if (to->gpus != dsfit_div_up(to->tasks, to->tasks_per_gpu))
			return -1;
		w = add_change(list, SLURM_GPUS);
		put_gpus(&w, to);
		return w.full ? -1 : 0;
	case SLURM_GRES:
	case SLURM_TRES_PER_TASK:
		w = add_change(list, (enum dsfit_slurm_option)to->form);
		put_list(&w, o->text[to->form], to, (enum dsfit_slurm_option)to->form);
		return w.full ? -1 : 0;
	case SLURM_GPUS_PER_TASK:
		if (!dsfit_release_keeps_gpus_per_task_in_tres(slurm->release))
			break;
		/* Both options hold the old value. */
		add_reset(list, SLURM_GPUS_PER_TASK);
		add_reset(list, SLURM_TRES_PER_TASK);
		w = add_change(list, SLURM_TRES_PER_TASK);
		if (o->text[SLURM_TRES_PER_TASK])
			put_list(&w, o->text[SLURM_TRES_PER_TASK], to, SLURM_TRES_PER_TASK);
		if (!w.length || !strstr(w.text, "gres/gpu:")) {
			put(&w, "%sgres/gpu:", w.length ? "," : "");
			put_gpus(&w, to);
		}
		return w.full ? -1 : 0;
	default:
		break;
	}
	w = add_change(list, to->form == DSFIT_FORM_NONE ? SLURM_GPUS_PER_NODE :
						     (enum dsfit_slurm_option)to->form);
	put_gpus(&w, to);
	return w.full ? -1 : 0;
}

/* The option that asks for memory in a scope. */
static enum dsfit_slurm_option memory_option(enum dsfit_memory_scope scope)
{
	if (scope == DSFIT_MEMORY_PER_GPU)
		return SLURM_MEM_PER_GPU;
	return scope == DSFIT_MEMORY_PER_CPU ? SLURM_MEM_PER_CPU : SLURM_MEM;
}

int dsfit_request_changes(const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm *slurm, const struct dsfit_request *from,
			  const struct dsfit_request *to,
			  struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES])
{
	struct change_list list = { .changes = changes };
	struct writer w;

	/* The plugin must not change this task count: see bind_nodes() in request_read.c. */
	if (from->tasks != to->tasks && !from->tasks_follow)
		return -1;
	if (from->tasks != to->tasks) {
		w = add_change(&list, SLURM_NTASKS);
		put(&w, "%llu", (unsigned long long)to->tasks);
	}
	if (from->nodes_min != to->nodes_min || from->nodes_max != to->nodes_max) {
		w = add_change(&list, SLURM_NODES);
		put_nodes(&w, to);
	}
	if ((from->gpus != to->gpus || from->scope != to->scope ||
	     strcmp(from->gpu_type, to->gpu_type)) && change_gpus(options, slurm, to, &list))
		return -1;
	change_binding(options, slurm, from, to, &list);
	if (from->memory != to->memory || from->memory_scope != to->memory_scope) {
		w = add_change(&list, memory_option(to->memory_scope));
		put_size(&w, to->memory);
	}
	if (from->scratch != to->scratch) {
		w = add_change(&list, SLURM_TMP);
		put_size(&w, to->scratch);
	}
	if (strcmp(from->features, to->features)) {
		w = add_change(&list, SLURM_CONSTRAINT);
		put(&w, "%s", to->features);
	}
	if (strcmp(from->partition, to->partition)) {
		w = add_change(&list, SLURM_PARTITION);
		put(&w, "%s", to->partition);
	}
	return list.full ? -1 : list.count;
}

/* The longest option that asks for GPUs, as "--tres-per-task=", and its longest value. */
#define FORM_OPTION 32
#define GPUS_TEXT (DSFIT_EXPRESSION_MAX + 2 * DSFIT_NAME_MAX)

/* Put an option whose value a user chose, as a shell takes it. */
static void put_option(struct writer *w, const char *option, const char *value)
{
	/* The longest value is a list of gres. It fits with each character escaped. */
	char word[2 * GPUS_TEXT + 3];

	dsfit_shell_word(value, word, sizeof(word));
	put(w, " %s%s", option, word);
}

/* The option of the request's form, with its "=", and what stands in its value before the GPUs. */
static const char *form_option(const struct dsfit_request *r, char option[FORM_OPTION])
{
	const char *name, *lead = "";

	switch (r->form) {
	case SLURM_NTASKS_PER_GPU:
		name = "gpus";
		break;
	case SLURM_GRES:
	case DSFIT_FORM_NONE_GRES:
		name = "gres";
		lead = "gpu:";
		break;
	case SLURM_TRES_PER_TASK:
		name = "tres-per-task";
		lead = "gres/gpu:";
		break;
	case DSFIT_FORM_NONE:
		name = "gpus-per-node";
		break;
	default:
		name = dsfit_slurm_option_names[r->form];
		break;
	}
	snprintf(option, FORM_OPTION, "--%s=", name);
	return lead;
}

/* The GPUs, and the other gres: in the same list if the GPUs are asked for by --gres. */
static void put_gres(struct writer *w, const struct dsfit_request *r)
{
	const bool in_list = r->form == SLURM_GRES || r->form == DSFIT_FORM_NONE_GRES;
	/* With --ntasks-per-gpu the tasks give the number of GPUs, but not their type. */
	const bool stated = r->scope != DSFIT_GPUS_UNSET &&
			    (r->form != SLURM_NTASKS_PER_GPU || r->gpu_type[0]);
	char value[GPUS_TEXT], option[FORM_OPTION];
	struct writer list = { .text = value, .size = sizeof(value) };

	if (stated) {
		put(&list, "%s", form_option(r, option));
		put_gpus(&list, r);
		if (in_list && r->other_gres[0])
			put(&list, ",%s", r->other_gres);
		put_option(w, option, value);
	}
	if (r->other_gres[0] && !(stated && in_list))
		put_option(w, "--gres=", r->other_gres);
}

const char *dsfit_request_text(const struct dsfit_request *r, char *text, size_t size)
{
	struct writer w = { .text = text, .size = size };
	const bool own = r->form == DSFIT_FORM_NONE || r->form == DSFIT_FORM_NONE_GRES;

	text[0] = '\0';
	if (r->partition[0])
		put_option(&w, "-p ", r->partition);
	if (r->qos[0])
		put_option(&w, "--qos=", r->qos);
	put(&w, "%s", r->account);
	put(&w, "%s%s", r->chosen_nodes, r->excluded_nodes);
	/* Without -N Slurm itself chooses how many nodes the tasks get. */
	if (r->nodes_given || r->nodes_min > 1 || (own && r->tasks < 2)) {
		put(&w, " -N ");
		put_nodes(&w, r);
	}
	if (r->tasks)
		put(&w, " -n %llu", (unsigned long long)r->tasks);
	if (r->tasks_per_node)
		put(&w, " --ntasks-per-node=%llu", (unsigned long long)r->tasks_per_node);
	if (r->cpus_per_task)
		put(&w, " -c %llu", (unsigned long long)r->cpus_per_task);
	if (r->cpus_per_gpu)
		put(&w, " --cpus-per-gpu=%llu", (unsigned long long)r->cpus_per_gpu);
	if (r->tasks_per_gpu)
		put(&w, " --ntasks-per-gpu=%llu", (unsigned long long)r->tasks_per_gpu);
	if (r->exclusive)
		put(&w, " --exclusive");
	put_gres(&w, r);
	if (r->memory_scope != DSFIT_MEMORY_UNSET) {
		put(&w, " --%s=", dsfit_slurm_option_names[memory_option(r->memory_scope)]);
		put_size(&w, r->memory);
	}
	if (r->scratch) {
		put(&w, " --tmp=");
		put_size(&w, r->scratch);
	}
	if (r->features[0])
		put_option(&w, "-C ", r->features);
	return text[0] ? text + 1 : text;
}
