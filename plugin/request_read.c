/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several options of Slurm can ask for the same GPUs, and releases keep them in different
 * spellings: gpu:a100:4 as typed, gres:gpu:a100:4 in 22.05, gres/gpu:a100=4 in later ones. All of
 * them become one struct dsfit_request:
 *
 *     nodes, tasks, CPUs         read_nodes(), read_number()
 *     GPUs, of one option only   read_all_gpus(); or from the task counts, gpus_from_tasks()
 *     memory and scratch         read_memory()
 *     what may be changed        bind_nodes(), kept_changes()
 *
 * The request remembers the option that asked for GPUs as its `form`, so that request_write.c can
 * write a correction into the same option.
 */
#include "plugin/request_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "plugin/gres.h"
#include "plugin/release.h"

/* As much of a list as a message repeats, with the terminator. */
enum { TYPED_MAX = 101 };

static int set_gpus(struct dsfit_request *r, enum dsfit_gpu_scope scope, unsigned form,
		    const struct dsfit_gres_item *item, struct dsfit_error *err)
{
	/* Remember the option that asked for 0 GPUs, in case no other asks for any. */
	if (!item->count && r->scope == DSFIT_GPUS_UNSET)
		r->form = form;
	if (!item->count)
		return 0;
	if (r->scope != DSFIT_GPUS_UNSET)
		return dsfit_fail(err, "not sized: more than one option requests GPUs");
	r->scope = scope;
	r->form = form;
	r->gpus = item->count;
	memcpy(r->gpu_type, item->type, sizeof(r->gpu_type));
	return 0;
}

/* Keep another gres that --gres asks for, so that a proposed request has it too. It is left out if
 * there is no room. */
static void keep_gres(struct dsfit_request *r, const struct dsfit_gres_item *item)
{
	const char *name = dsfit_past_gres(item->start);
	size_t have = strlen(r->other_gres);
	size_t length = item->length - (size_t)(name - item->start);

	if (have + length + 2 <= sizeof(r->other_gres))
		snprintf(r->other_gres + have, sizeof(r->other_gres) - have, "%s%.*s",
			 have ? "," : "", (int)length, name);
}

/* What users type, of a list as Slurm keeps it: without the "gres:" or "gres/" of its entries,
 * which only --tres-per-task has. */
static const char *typed_list(const char *list, unsigned form, char typed[TYPED_MAX])
{
	char *end = typed;

	while (*list && end < typed + TYPED_MAX - 1) {
		if (form != SLURM_TRES_PER_TASK && (end == typed || end[-1] == ','))
			list = dsfit_past_gres(list);
		if (*list)
			*end++ = *list++;
	}
	*end = '\0';
	return typed;
}

static int not_understood(const char *list, unsigned form, struct dsfit_error *err)
{
	char typed[TYPED_MAX];

	return dsfit_fail(err, "not sized: dsfit does not understand --%s=%s",
			  dsfit_slurm_option_names[form], typed_list(list, form, typed));
}

/* Read --gres or --tres-per-task: the GPUs in a list that may have other entries. */
static int read_list(const char *list, enum dsfit_gpu_scope scope, unsigned form,
		     struct dsfit_request *r, struct dsfit_error *err)
{
	const char *whole = list;
	struct dsfit_gres_item item;
	char typed[TYPED_MAX];
	int got;

	while ((got = dsfit_gres_next(&list, &item)) > 0) {
		if (item.is_part)
			return dsfit_fail(err, "not sized: --%s=%s requests shard or mps, "
					  "which are parts of a GPU",
					  dsfit_slurm_option_names[form],
					  typed_list(whole, form, typed));
		if (item.is_gpu && set_gpus(r, scope, form, &item, err))
			return -1;
		if (!strcasecmp(whole, "none"))
			r->form = r->scope == DSFIT_GPUS_UNSET ? form : r->form;
		else if (!item.is_gpu && form == SLURM_GRES)
			keep_gres(r, &item);
	}
	return got < 0 ? not_understood(whole, form, err) : 0;
}

/* Read --gpus, --gpus-per-node or --gpus-per-task. dsfit sizes only one type of GPUs per job. */
static int read_gpus(const char *text, enum dsfit_gpu_scope scope, unsigned form,
		     struct dsfit_request *r, struct dsfit_error *err)
{
	struct dsfit_gres_item item;
	char typed[TYPED_MAX];

	if (strchr(text, ','))
		return dsfit_fail(err, "not sized: --%s=%s names several GPU types",
				  dsfit_slurm_option_names[form], typed_list(text, form, typed));
	if (dsfit_gres_read_gpus(text, &item))
		return not_understood(text, form, err);
	return set_gpus(r, scope, form, &item, err);
}

static int read_number(const struct dsfit_slurm_options *o, enum dsfit_slurm_option option,
		       uint64_t *out, struct dsfit_error *err)
{
	struct dsfit_error why;

	if (!o->text[option] || !dsfit_parse_number(o->text[option], 0, DSFIT_COUNT_MAX, out, &why))
		return 0;
	return dsfit_fail(err, "not sized: --%s=%.300s", dsfit_slurm_option_names[option],
			  why.text);
}

/* Read "2" or "2-4"; Slurm keeps "1-0" if only a minimum was typed. Slurm's suffixes k and m are
 * not accepted. */
static int read_nodes(const char *text, struct dsfit_request *r, struct dsfit_error *err)
{
	char low[32];
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);

	if (length >= sizeof(low))
		goto odd;
	memcpy(low, text, length);
	low[length] = '\0';
	if (dsfit_parse_number(low, 0, DSFIT_COUNT_MAX, &r->nodes_min, NULL))
		goto odd;
	r->nodes_max = r->nodes_min;
	if (dash && dsfit_parse_number(dash + 1, 0, DSFIT_COUNT_MAX, &r->nodes_max, NULL))
		goto odd;
	r->nodes_given = true;
	if (!r->nodes_min)
		r->nodes_min = 1;
	return 0;
odd:
	return dsfit_fail(err, "not sized: dsfit does not understand --nodes=%.100s", text);
}

/* Read a size. A number without a unit is in MiB, as in Slurm: --mem=8192 means 8G. */
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

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(ways); i++) {
		const char *text = o->text[ways[i].option];

		if (!text)
			continue;
		if (read_size(text, &r->memory))
			return dsfit_fail(err, "not sized: dsfit does not understand --%s=%.100s",
					  dsfit_slurm_option_names[ways[i].option], text);
		r->memory_scope = r->memory ? ways[i].scope : DSFIT_MEMORY_WHOLE_NODE;
	}
	if (o->text[SLURM_TMP] && read_size(o->text[SLURM_TMP], &r->scratch))
		return dsfit_fail(err, "not sized: dsfit does not understand --tmp=%.100s",
				  o->text[SLURM_TMP]);
	return 0;
}

/* With "user", "mcs" or "oversubscribe" other jobs may run on the node. */
static bool is_exclusive(const struct dsfit_slurm_options *o)
{
	return o->text[SLURM_EXCLUSIVE] && !strcmp(o->text[SLURM_EXCLUSIVE], "exclusive");
}

static bool lists_gpus(const char *list)
{
	struct dsfit_gres_item item;

	while (dsfit_gres_next(&list, &item) > 0)
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

	char typed[TYPED_MAX];

	r->form = DSFIT_FORM_NONE;
	if (o->text[SLURM_GPUS_PER_SOCKET])
		return dsfit_fail(err, "not sized: dsfit does not support --gpus-per-socket=%s",
				  typed_list(o->text[SLURM_GPUS_PER_SOCKET],
					     SLURM_GPUS_PER_SOCKET, typed));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(ways); i++) {
		const char *text = o->text[ways[i].option];
		struct dsfit_request echo, *into = r;

		if (!text)
			continue;
		/* Later releases keep --gpus-per-task in tres-per-task as well. Read that too, to
		 * find shard or mps in it, but do not count the GPUs twice. */
		echo = (struct dsfit_request){ 0 };
		if (ways[i].option == SLURM_TRES_PER_TASK && o->text[SLURM_GPUS_PER_TASK])
			into = &echo;
		if (ways[i].list ? read_list(text, ways[i].scope, ways[i].option, into, err) :
				   read_gpus(text, ways[i].scope, ways[i].option, into, err))
			return -1;
	}
	/* With --exclusive Slurm gives the job all GPUs of the node even if it asked for 0, so the
	 * 0 is ignored. The form is kept if a number of GPUs per node can be written over it. */
	if (r->scope == DSFIT_GPUS_UNSET && r->exclusive) {
		if (o->text[SLURM_GRES] && lists_gpus(o->text[SLURM_GRES]))
			r->form = SLURM_GRES;
		else if (r->form != SLURM_GPUS_PER_NODE)
			r->form = DSFIT_FORM_NONE;
		return 0;
	}
	/* The user explicitly asked for 0 GPUs, so dsfit must not add any. */
	if (r->scope == DSFIT_GPUS_UNSET && r->form != DSFIT_FORM_NONE)
		return dsfit_fail(err, "not sized: --%s requests no GPUs",
				  dsfit_slurm_option_names[r->form]);
	return 0;
}

/* If no option asks for GPUs, --ntasks and --ntasks-per-gpu together do. */
static void gpus_from_tasks(struct dsfit_request *r)
{
	if (r->scope == DSFIT_GPUS_UNSET && r->tasks_per_gpu && r->tasks) {
		r->scope = DSFIT_GPUS_PER_JOB;
		r->gpus = dsfit_div_up(r->tasks, r->tasks_per_gpu);
		r->form = SLURM_NTASKS_PER_GPU;
	}
}

/* The number of nodes may be raised, but at most to the number of tasks. */
static void bind_to_tasks(struct dsfit_request *r, enum dsfit_nodes_bound bound)
{
	r->bound = bound;
	if (r->tasks > r->nodes_limit)
		r->nodes_limit = r->tasks;
}

/*
 * Find out whether the number of nodes may be raised. Tried on live clusters of three releases:
 *
 * - A typed task count does not grow with the nodes, so nodes may be raised only up to it: with
 *   fewer tasks than nodes, slurmctld of 22.05 crashes when the step starts.
 * - srun has fixed its number of tasks before it asks the plugin on its host. But if no task option
 *   was typed, slurmctld may still raise the nodes: srun starts one task on each node it gets.
 * - In a batch job of 22.05 SLURM_NTASKS stays as sbatch set it. Later releases use slurmctld's
 *   count, so slurmctld may raise the task count with the nodes.
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

/*
 * What must stay because the user chose nodes, as bits of enum dsfit_change. With a list of nodes
 * or a reservation, the number of GPUs per node may grow if their type was given. With --exclude,
 * the number of nodes may grow as well.
 */
static unsigned kept_changes(const struct dsfit_slurm_options *o, const struct dsfit_request *r)
{
	unsigned kept = DSFIT_CHANGE_GPU_TYPE | DSFIT_CHANGE_PARTITION;

	if (!o->text[SLURM_NODELIST] && !o->text[SLURM_NODEFILE] && !o->text[SLURM_RESERVATION])
		return o->text[SLURM_EXCLUDE] ? kept : 0;
	kept |= DSFIT_CHANGE_NODES | DSFIT_CHANGE_NETWORK;
	return r->gpu_type[0] ? kept : kept | DSFIT_CHANGE_GPUS;
}

/* The most characters of a quoted name and list. An option with each fits into an expression. */
enum { KEPT_NAME_MAX = 64, KEPT_LIST_MAX = 160 };

/*
 * Add an option to the text of a request, so that who types that request does not lose it. A value
 * that is longer than `most` characters becomes "...", which Slurm refuses: it is better to be told
 * than to land on other nodes.
 */
static void keep_option(char *kept, size_t size, const char *option, const char *value,
			size_t most)
{
	char word[KEPT_LIST_MAX + 1];
	size_t have = strlen(kept);
	bool whole = dsfit_shell_word(value, word, most + 1);

	snprintf(kept + have, size - have, " %s%.*s", option, (int)most, whole ? word : "...");
}

static void keep_node_option(char kept[DSFIT_EXPRESSION_MAX], const char *option,
			     const char *value, size_t most)
{
	keep_option(kept, DSFIT_EXPRESSION_MAX, option, value, most);
}

static void keep_choice_of_nodes(const struct dsfit_slurm_options *o, struct dsfit_request *r)
{
	if (o->text[SLURM_RESERVATION])
		keep_node_option(r->chosen_nodes, "--reservation=", o->text[SLURM_RESERVATION],
				 KEPT_NAME_MAX);
	/* Slurm makes a list of the file's names. */
	if (o->text[SLURM_NODELIST])
		keep_node_option(r->chosen_nodes, "-w ", o->text[SLURM_NODELIST], KEPT_LIST_MAX);
	else if (o->text[SLURM_NODEFILE])
		keep_node_option(r->chosen_nodes, "-F ", o->text[SLURM_NODEFILE], KEPT_LIST_MAX);
	if (o->text[SLURM_EXCLUDE])
		keep_node_option(r->excluded_nodes, "-x ", o->text[SLURM_EXCLUDE], KEPT_LIST_MAX);
}

void dsfit_request_take_account(const char *account, struct dsfit_request *request)
{
	request->account[0] = '\0';
	keep_option(request->account, sizeof(request->account), "-A ", account, KEPT_NAME_MAX);
}

int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err)
{
	const char *features = options->text[SLURM_CONSTRAINT];
	const char *partition = options->text[SLURM_PARTITION];
	const char *qos = options->text[SLURM_QOS];

	memset(out, 0, sizeof(*out));
	out->form = DSFIT_FORM_NONE;
	/* Values are repeated in messages and logs, so they must not have control characters. */
	for (int i = 0; i < SLURM_OPTIONS; i++)
		if (options->text[i] && !dsfit_is_printable(options->text[i]))
			return dsfit_fail(err, "not sized: dsfit does not understand --%s=%.100s",
					  dsfit_slurm_option_names[i], options->text[i]);
	out->nodes_min = 1;
	out->exclusive = is_exclusive(options);
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
		return dsfit_fail(err, "not sized: --constraint or --partition is longer than %zu "
				  "characters", sizeof(out->features) - 1);
	if (qos && strlen(qos) >= sizeof(out->qos))
		return dsfit_fail(err, "not sized: --qos is longer than %zu characters",
				  sizeof(out->qos) - 1);
	if (features)
		strcpy(out->features, features);
	if (partition)
		strcpy(out->partition, partition);
	if (qos)
		strcpy(out->qos, qos);
	gpus_from_tasks(out);
	bind_nodes(options, slurm, out);
	out->kept = kept_changes(options, out);
	keep_choice_of_nodes(options, out);
	if (options->text[SLURM_ACCOUNT])
		dsfit_request_take_account(options->text[SLURM_ACCOUNT], out);
	return 0;
}

unsigned dsfit_request_own_form(const struct dsfit_request *request)
{
	return request->form == SLURM_GRES ? DSFIT_FORM_NONE_GRES : DSFIT_FORM_NONE;
}

bool dsfit_request_wants_no_gpus(const struct dsfit_slurm_options *options)
{
	struct dsfit_request r = { .exclusive = is_exclusive(options) };

	return read_all_gpus(options, &r, NULL) && r.scope == DSFIT_GPUS_UNSET &&
	       r.form != DSFIT_FORM_NONE;
}

bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options)
{
	static const enum dsfit_slurm_option ways[] = {
		SLURM_GPUS, SLURM_GPUS_PER_NODE, SLURM_GPUS_PER_TASK, SLURM_GPUS_PER_SOCKET,
		SLURM_GRES, SLURM_TRES_PER_TASK, SLURM_NTASKS_PER_GPU, SLURM_CPUS_PER_GPU,
		SLURM_MEM_PER_GPU, SLURM_EXCLUSIVE,
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(ways); i++)
		if (options->text[ways[i]])
			return true;
	return false;
}
