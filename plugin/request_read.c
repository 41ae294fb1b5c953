/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm writes the same request differently from release to release and from option to option:
 * gpu:a100:4 as typed, gres:gpu:a100:4 as 22.05 keeps it, gres/gpu:a100=4 in later ones. All are
 * read here, and each is written back in the form it came in.
 */
#include "plugin/request_read.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/size.h"
#include "core/request/placement.h"
#include "plugin/release.h"

#define MAX_COUNT UINT64_C(10000000)

const char *const dsfit_slurm_option_names[SLURM_OPTIONS] = {
	[SLURM_NODES] = "nodes",
	[SLURM_NTASKS] = "ntasks",
	[SLURM_NTASKS_PER_NODE] = "ntasks-per-node",
	[SLURM_NTASKS_PER_GPU] = "ntasks-per-gpu",
	[SLURM_CPUS_PER_TASK] = "cpus-per-task",
	[SLURM_CPUS_PER_GPU] = "cpus-per-gpu",
	[SLURM_GPUS] = "gpus",
	[SLURM_GPUS_PER_NODE] = "gpus-per-node",
	[SLURM_GPUS_PER_TASK] = "gpus-per-task",
	[SLURM_GPUS_PER_SOCKET] = "gpus-per-socket",
	[SLURM_GRES] = "gres",
	[SLURM_TRES_PER_TASK] = "tres-per-task",
	[SLURM_TRES_BIND] = "tres-bind",
	[SLURM_MEM] = "mem",
	[SLURM_MEM_PER_GPU] = "mem-per-gpu",
	[SLURM_MEM_PER_CPU] = "mem-per-cpu",
	[SLURM_CONSTRAINT] = "constraint",
	[SLURM_PARTITION] = "partition",
	[SLURM_TMP] = "tmp",
	[SLURM_EXCLUSIVE] = "exclusive",
	[SLURM_NODELIST] = "nodelist",
	[SLURM_NODEFILE] = "nodefile",
	[SLURM_EXCLUDE] = "exclude",
	[SLURM_RESERVATION] = "reservation",
};

/* One entry of a gres or tres list. */
struct gres_item {
	const char *start;		/* in the list */
	size_t length;
	bool is_gpu, is_part;		/* gpu; shard or mps */
	char type[DSFIT_NAME_MAX];
	uint64_t count;
};

const char *dsfit_past_gres(const char *text)
{
	return strncmp(text, "gres", 4) || (text[4] != ':' && text[4] != '/') ? text : text + 5;
}

static bool starts_with_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return !strncasecmp(text, word, length) && strchr(":=,(", text[length]);
}

/* "8", or "2k": digits, and perhaps one of Slurm's suffixes. */
static bool is_count(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && (!text[digits] || (strchr("kKmMgG", text[digits]) && !text[digits + 1]));
}

/* In a count k is 1024, m its square, g its cube. */
static int parse_count(const char *text, uint64_t *out)
{
	char digits[24];
	size_t length = strspn(text, "0123456789");
	const char *suffixes = "kmg", *suffix;

	if (length >= sizeof(digits))
		return -1;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (dsfit_parse_number(digits, 0, MAX_COUNT, out, NULL))
		return -1;
	suffix = text[length] ? strchr(suffixes, tolower((unsigned char)text[length])) : NULL;
	for (const char *c = suffixes; suffix && c <= suffix; c++)
		*out = dsfit_mul(*out, 1024);
	return *out <= MAX_COUNT ? 0 : -1;
}

/* "[TYPE][:|=COUNT]": a type, a count, or a type and a count; the count alone is 1. -1 if odd. */
static int parse_type_count(const char *text, size_t length, struct gres_item *item)
{
	char copy[DSFIT_NAME_MAX * 2], *count;

	item->count = 1;
	if (length >= sizeof(copy))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	/* "(S:0-1)" binds to sockets. */
	copy[strcspn(copy, "(")] = '\0';
	count = copy + strlen(copy);
	while (count > copy && count[-1] != ':' && count[-1] != '=')
		count--;
	if (is_count(count)) {
		if (parse_count(count, &item->count))
			return -1;
		copy[count > copy ? count - copy - 1 : 0] = '\0';
	}
	if (strlen(copy) >= sizeof(item->type) || strpbrk(copy, ":=/"))
		return -1;
	/* A type of such a name could not be told from the prefixes when it is written. */
	if (!strcasecmp(copy, "gpu") || !strcasecmp(copy, "gres"))
		return -1;
	strcpy(item->type, copy);
	return 0;
}

/* The next entry of a gres list; 1, 0 at the end, -1 where it cannot be read. */
static int next_gres(const char **list, struct gres_item *item)
{
	const char *body;
	size_t length;

	memset(item, 0, sizeof(*item));
	while (**list == ',')
		++*list;
	if (!**list)
		return 0;
	length = strcspn(*list, ",");
	item->start = *list;
	item->length = length;
	*list += length;
	body = dsfit_past_gres(item->start);
	item->is_gpu = starts_with_word(body, "gpu");
	item->is_part = starts_with_word(body, "shard") || starts_with_word(body, "mps");
	if (!item->is_gpu)
		return 1;
	body += strlen("gpu");
	if (*body == ':' || *body == '=')
		body++;
	return parse_type_count(body, (size_t)(item->start + length - body), item) ? -1 : 1;
}

static int set_gpus(struct dsfit_request *r, enum dsfit_gpu_scope scope, unsigned form,
		    const struct gres_item *item, struct dsfit_error *err)
{
	/* Noted, in case nothing else asks for any. */
	if (!item->count && r->scope == DSFIT_GPUS_UNSET)
		r->form = form;
	if (!item->count)
		return 0;
	if (r->scope != DSFIT_GPUS_UNSET)
		return dsfit_fail(err, "more than one option requests GPUs: not sized");
	r->scope = scope;
	r->form = form;
	r->gpus = item->count;
	memcpy(r->gpu_type, item->type, sizeof(r->gpu_type));
	return 0;
}

/* What else --gres asks for goes into the request to type, as long as it has room. */
static void keep_gres(struct dsfit_request *r, const struct gres_item *item)
{
	const char *name = dsfit_past_gres(item->start);
	size_t have = strlen(r->other_gres);
	size_t length = item->length - (size_t)(name - item->start);

	if (have + length + 2 <= sizeof(r->other_gres))
		snprintf(r->other_gres + have, sizeof(r->other_gres) - have, "%s%.*s",
			 have ? "," : "", (int)length, name);
}

/* --gres and --tres-per-task: the gpu entry of a list that may hold others. */
static int read_list(const char *list, enum dsfit_gpu_scope scope, unsigned form,
		     struct dsfit_request *r, struct dsfit_error *err)
{
	const char *whole = list;
	struct gres_item item;
	int got;

	while ((got = next_gres(&list, &item)) > 0) {
		if (item.is_part)
			return dsfit_fail(err, "--%s=%.100s: shard and mps are parts of a GPU: not "
					  "sized", dsfit_slurm_option_names[form], whole);
		if (item.is_gpu && set_gpus(r, scope, form, &item, err))
			return -1;
		if (!item.is_gpu && form == SLURM_GRES)
			keep_gres(r, &item);
		if (!strcasecmp(whole, "none") && r->scope == DSFIT_GPUS_UNSET)
			r->form = form;
	}
	if (got < 0)
		return dsfit_fail(err, "--%s=%.100s: not understood: not sized",
				  dsfit_slurm_option_names[form], whole);
	return 0;
}

/* --gpus and its kin: "4", "a100:4", and, as some releases keep it, "gpu:a100:4". */
static int read_gpus(const char *text, enum dsfit_gpu_scope scope, unsigned form,
		     struct dsfit_request *r, struct dsfit_error *err)
{
	const char *body = dsfit_past_gres(text);
	struct gres_item item = { 0 };

	if (strchr(text, ','))
		return dsfit_fail(err, "--%s=%.100s: several GPU types at once: not sized",
				  dsfit_slurm_option_names[form], text);
	if (starts_with_word(body, "gpu")) {
		body += strlen("gpu");
		body += *body == ':' || *body == '=';
	}
	if (parse_type_count(body, strlen(body), &item))
		return dsfit_fail(err, "--%s=%.100s: not understood: not sized",
				  dsfit_slurm_option_names[form], text);
	return set_gpus(r, scope, form, &item, err);
}

static int read_number(const struct dsfit_slurm_options *o, enum dsfit_slurm_option option,
		       uint64_t *out, struct dsfit_error *err)
{
	struct dsfit_error why;

	if (!o->text[option] || !dsfit_parse_number(o->text[option], 0, MAX_COUNT, out, &why))
		return 0;
	return dsfit_fail(err, "--%s=%.300s", dsfit_slurm_option_names[option], why.text);
}

/* "2", "2-4", "1-0" where only a minimum was typed; k and m as Slurm has them are not read. */
static int read_nodes(const char *text, struct dsfit_request *r, struct dsfit_error *err)
{
	char low[32];
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);

	if (length >= sizeof(low))
		goto odd;
	memcpy(low, text, length);
	low[length] = '\0';
	if (dsfit_parse_number(low, 0, MAX_COUNT, &r->nodes_min, NULL))
		goto odd;
	r->nodes_max = r->nodes_min;
	if (dash && dsfit_parse_number(dash + 1, 0, MAX_COUNT, &r->nodes_max, NULL))
		goto odd;
	r->nodes_given = true;
	if (!r->nodes_min)
		r->nodes_min = 1;
	return 0;
odd:
	return dsfit_fail(err, "--nodes=%.100s: not understood: not sized", text);
}

/* Slurm's sizes are MiB without a unit: --mem=8192 is 8G. "0" is the whole node. */
static int read_size(const char *text, uint64_t *out)
{
	char copy[32];
	size_t length = strcspn(text, "?");

	if (length + 1 >= sizeof(copy))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (length && isdigit((unsigned char)copy[length - 1]))
		strcat(copy, "M");
	return dsfit_parse_bytes(copy, out, NULL);
}

static int read_memory(const struct dsfit_slurm_options *o, struct dsfit_request *r,
		       struct dsfit_error *err)
{
	static const struct {
		enum dsfit_slurm_option option;
		enum dsfit_memory_scope scope;
	} ways[] = {
		{ SLURM_MEM, DSFIT_MEMORY_PER_NODE },
		{ SLURM_MEM_PER_GPU, DSFIT_MEMORY_PER_GPU },
		{ SLURM_MEM_PER_CPU, DSFIT_MEMORY_PER_CPU },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const char *text = o->text[ways[i].option];

		if (!text)
			continue;
		if (read_size(text, &r->memory))
			return dsfit_fail(err, "--%s=%.100s: not understood: not sized",
					  dsfit_slurm_option_names[ways[i].option], text);
		r->memory_scope = r->memory ? ways[i].scope : DSFIT_MEMORY_WHOLE_NODE;
	}
	if (o->text[SLURM_TMP] && read_size(o->text[SLURM_TMP], &r->scratch))
		return dsfit_fail(err, "--tmp=%.100s: not understood: not sized",
				  o->text[SLURM_TMP]);
	return 0;
}

static bool lists_gpus(const char *list)
{
	struct gres_item item;

	while (next_gres(&list, &item) > 0)
		if (item.is_gpu)
			return true;
	return false;
}

static int read_all_gpus(const struct dsfit_slurm_options *o, struct dsfit_request *r,
			 struct dsfit_error *err)
{
	static const struct {
		enum dsfit_slurm_option option;
		enum dsfit_gpu_scope scope;
		bool list;
	} ways[] = {
		{ SLURM_GPUS_PER_NODE, DSFIT_GPUS_PER_NODE, false },
		{ SLURM_GPUS, DSFIT_GPUS_PER_JOB, false },
		{ SLURM_GPUS_PER_TASK, DSFIT_GPUS_PER_TASK, false },
		{ SLURM_GRES, DSFIT_GPUS_PER_NODE, true },
		{ SLURM_TRES_PER_TASK, DSFIT_GPUS_PER_TASK, true },
	};

	r->form = DSFIT_FORM_NONE;
	if (o->text[SLURM_GPUS_PER_SOCKET])
		return dsfit_fail(err, "--gpus-per-socket=%.100s: not sized",
				  o->text[SLURM_GPUS_PER_SOCKET]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const char *text = o->text[ways[i].option];
		struct dsfit_request echo, *into = r;

		if (!text)
			continue;
		/* Later releases keep --gpus-per-task in tres-per-task as well: read it, for a
		 * shard or mps beside them, but count them once. */
		echo = (struct dsfit_request){ 0 };
		if (ways[i].option == SLURM_TRES_PER_TASK && o->text[SLURM_GPUS_PER_TASK])
			into = &echo;
		if (ways[i].list ? read_list(text, ways[i].scope, ways[i].option, into, err) :
				   read_gpus(text, ways[i].scope, ways[i].option, into, err))
			return -1;
	}
	/* A zero beside --exclusive is given all that is on the node: it is as if it were not
	 * there. Where GPUs a node can be written over it, they are. */
	if (r->scope == DSFIT_GPUS_UNSET && r->exclusive) {
		if (r->form != SLURM_GPUS_PER_NODE &&
		    (r->form != SLURM_GRES || !lists_gpus(o->text[SLURM_GRES])))
			r->form = DSFIT_FORM_NONE;
		return 0;
	}
	/* Said in so many words: it is not for dsfit to give it some. */
	if (r->scope == DSFIT_GPUS_UNSET && r->form != DSFIT_FORM_NONE)
		return dsfit_fail(err, "--%s requests no GPU: not sized",
				  dsfit_slurm_option_names[r->form]);
	return 0;
}

/* GPUs that follow from the tasks, so many of them a GPU. */
static void count_tasks(struct dsfit_request *r)
{
	if (r->scope == DSFIT_GPUS_UNSET && r->tasks_per_gpu && r->tasks) {
		r->scope = DSFIT_GPUS_PER_JOB;
		r->gpus = dsfit_div_up(r->tasks, r->tasks_per_gpu);
		r->form = SLURM_NTASKS_PER_GPU;
	}
}

/* Nodes may be raised up to a task count. */
static void bind_to_tasks(struct dsfit_request *r, enum dsfit_nodes_bound bound)
{
	r->bound = bound;
	if (r->tasks > r->nodes_limit)
		r->nodes_limit = r->tasks;
}

/*
 * What binds the node count. Tried on live clusters of three releases: a task count that was
 * typed does not grow with the nodes, but nodes may be raised up to it. srun has fixed its tasks
 * before a plugin on its host is asked, but none where no task option was typed when slurmctld is:
 * then it starts one on each node it gets. With fewer tasks than nodes 22.05's slurmctld dies of
 * its step. In 22.05 SLURM_NTASKS of a batch job stays what sbatch made it; later ones go by what
 * slurmctld holds, and there the count may be raised with the nodes.
 */
static void bind_nodes(const struct dsfit_slurm_options *o, const struct dsfit_slurm *slurm,
		       struct dsfit_request *r)
{
	bool counted = o->text[SLURM_NTASKS] || o->text[SLURM_NTASKS_PER_NODE] ||
		       o->text[SLURM_NTASKS_PER_GPU] || r->scope == DSFIT_GPUS_PER_TASK;
	bool stale = !dsfit_release_recounts_tasks(slurm->release);

	r->bound = DSFIT_NODES_FREE;
	r->nodes_limit = r->nodes_min;
	if (o->text[SLURM_NODELIST] || o->text[SLURM_NODEFILE]) {
		r->bound = DSFIT_NODES_BOUND_BY_LIST;
	} else if (slurm->command == DSFIT_SRUN) {
		if (counted || !slurm->controller)
			r->bound = DSFIT_NODES_BOUND_BY_LAUNCH;
		if (r->bound != DSFIT_NODES_FREE && !r->tasks_per_node)
			bind_to_tasks(r, DSFIT_NODES_BOUND_BY_LAUNCH);
	} else if (o->text[SLURM_NTASKS]) {
		r->tasks_follow = slurm->controller && slurm->command == DSFIT_SBATCH && !stale;
		if (!r->tasks_follow)
			bind_to_tasks(r, DSFIT_NODES_BOUND_BY_TASKS);
	} else if (o->text[SLURM_NTASKS_PER_NODE] && stale) {
		r->bound = DSFIT_NODES_BOUND_BY_TASKS;
	}
}

/* Of a type that was asked for, more may be had of each node. All nodes but some may still be
 * more. */
static unsigned kept_changes(const struct dsfit_slurm_options *o, const struct dsfit_request *r)
{
	unsigned kept = DSFIT_CHANGE_GPU_TYPE | DSFIT_CHANGE_PARTITION;

	if (!o->text[SLURM_NODELIST] && !o->text[SLURM_NODEFILE] && !o->text[SLURM_RESERVATION])
		return o->text[SLURM_EXCLUDE] ? kept : 0;
	kept |= DSFIT_CHANGE_NODES | DSFIT_CHANGE_NETWORK;
	return r->gpu_type[0] ? kept : kept | DSFIT_CHANGE_GPUS;
}

int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err)
{
	const char *features = options->text[SLURM_CONSTRAINT];
	const char *partition = options->text[SLURM_PARTITION];

	memset(out, 0, sizeof(*out));
	out->form = DSFIT_FORM_NONE;
	/* What is read here is said again, and may end in a log. */
	for (int i = 0; i < SLURM_OPTIONS; i++)
		if (options->text[i] && !dsfit_is_printable(options->text[i]))
			return dsfit_fail(err, "--%s=%.100s: not understood: not sized",
					  dsfit_slurm_option_names[i], options->text[i]);
	out->nodes_min = 1;
	/* "user" and "mcs" share the node with others, "oversubscribe" all the more. */
	out->exclusive = options->text[SLURM_EXCLUSIVE] &&
			 !strcmp(options->text[SLURM_EXCLUSIVE], "exclusive");
	if (options->text[SLURM_NODES] && read_nodes(options->text[SLURM_NODES], out, err))
		return -1;
	if (read_number(options, SLURM_NTASKS, &out->tasks, err) ||
	    read_number(options, SLURM_NTASKS_PER_NODE, &out->tasks_per_node, err) ||
	    read_number(options, SLURM_NTASKS_PER_GPU, &out->tasks_per_gpu, err) ||
	    read_number(options, SLURM_CPUS_PER_TASK, &out->cpus_per_task, err) ||
	    read_number(options, SLURM_CPUS_PER_GPU, &out->cpus_per_gpu, err) ||
	    read_all_gpus(options, out, err) || read_memory(options, out, err))
		return -1;
	if ((features && strlen(features) >= sizeof(out->features)) ||
	    (partition && strlen(partition) >= sizeof(out->partition)))
		return dsfit_fail(err, "--constraint or --partition is longer than %zu characters: "
				  "not sized", sizeof(out->features) - 1);
	if (features)
		strcpy(out->features, features);
	if (partition)
		strcpy(out->partition, partition);
	count_tasks(out);
	bind_nodes(options, slurm, out);
	out->kept = kept_changes(options, out);
	return 0;
}

bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options)
{
	static const enum dsfit_slurm_option ways[] = {
		SLURM_GPUS, SLURM_GPUS_PER_NODE, SLURM_GPUS_PER_TASK, SLURM_GPUS_PER_SOCKET,
		SLURM_GRES, SLURM_TRES_PER_TASK, SLURM_NTASKS_PER_GPU, SLURM_CPUS_PER_GPU,
		SLURM_MEM_PER_GPU, SLURM_EXCLUSIVE,
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (options->text[ways[i]])
			return true;
	return false;
}

/* A text being written into a buffer that may be too small for it: `full` then, and no more. */
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
 * A gres list with its gpu entry replaced and the others as they were. In --tres-per-task the
 * entry is gres/gpu, the one spelling that srun of 24.11 takes too.
 */
static void put_list(struct writer *w, const char *list, const struct dsfit_request *r,
		     enum dsfit_slurm_option option)
{
	const char *separator = "";
	struct gres_item item;
	bool written = false;

	while (next_gres(&list, &item) > 0) {
		/* Others beside it are of no GPUs at all. */
		if (item.is_gpu && written)
			continue;
		put(w, "%s", separator);
		separator = ",";
		if (!item.is_gpu) {
			put(w, "%.*s", (int)item.length, item.start);
			continue;
		}
		written = true;
		/* "gpu", "gres:gpu" or "gres/gpu", as it was written. */
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

/* The changes of one correction, as they are found. */
struct change_list {
	struct dsfit_slurm_change *changes;
	int count;
	bool full;			/* there was no room for one */
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

/* Slurm has bound each task to the GPUs that it asked for: to all that it has now. */
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
	/* Another is the user's own. */
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
		/* The tasks say how many; --gpus beside them can only say which. */
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
		/* It holds the old value. */
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

/* The option that states memory in a scope. */
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

	/* Where a task count is not for a plugin to change: see bind_nodes(). */
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

static void put_form(struct writer *w, const struct dsfit_request *r)
{
	switch (r->form) {
	case SLURM_NTASKS_PER_GPU:
		/* Their number follows from the tasks, their type does not. */
		if (!r->gpu_type[0])
			return;
		put(w, " --gpus=");
		break;
	case SLURM_GRES:
		put(w, " --gres=gpu:");
		break;
	case SLURM_TRES_PER_TASK:
		put(w, " --tres-per-task=gres/gpu:");
		break;
	case DSFIT_FORM_NONE:
		put(w, " --gpus-per-node=");
		break;
	default:
		put(w, " --%s=", dsfit_slurm_option_names[r->form]);
		break;
	}
	put_gpus(w, r);
}

/* A constraint with | or & would be the shell's. */
static void put_expression(struct writer *w, const char *option, const char *expression)
{
	const char *quote = strpbrk(expression, "|&()[]*") ? "\"" : "";

	if (expression[0])
		put(w, " %s %s%s%s", option, quote, expression, quote);
}

const char *dsfit_request_text(const struct dsfit_request *r, char *text, size_t size)
{
	struct writer w = { .text = text, .size = size };

	text[0] = '\0';
	if (r->partition[0])
		put(&w, " -p %s", r->partition);
	/* Without it tasks have as many nodes as they take. */
	if (r->nodes_given || r->nodes_min > 1 || (r->form == DSFIT_FORM_NONE && r->tasks < 2)) {
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
	if (r->scope != DSFIT_GPUS_UNSET)
		put_form(&w, r);
	if (r->other_gres[0] && r->form == SLURM_GRES)
		put(&w, ",%s", r->other_gres);
	else if (r->other_gres[0])
		put(&w, " --gres=%s", r->other_gres);
	if (r->memory_scope != DSFIT_MEMORY_UNSET) {
		put(&w, " --%s=", dsfit_slurm_option_names[memory_option(r->memory_scope)]);
		put_size(&w, r->memory);
	}
	if (r->scratch) {
		put(&w, " --tmp=");
		put_size(&w, r->scratch);
	}
	put_expression(&w, "-C", r->features);
	return text[0] ? text + 1 : text;
}
