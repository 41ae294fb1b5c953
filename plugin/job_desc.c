/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld gets a job as fields of a description, not as options. This file reads the fields back
 * into the options that a user would have typed, and writes corrected options into the fields:
 *
 *     --nodes                             min_nodes, max_nodes
 *     --ntasks, --ntasks-per-node, ...    num_tasks, ntasks_per_node, ...
 *     --gpus-per-node and --gres          tres_per_node: gres:gpu:a100:4 (22.05) or
 *                                         gres/gpu:a100:4 (later), then --gres as typed or with
 *                                         gres/ before it
 *     --gpus                              tres_per_job, in the same form
 *     --gpus-per-task, --tres-per-task    tres_per_task, in the same form
 *     --mem-per-gpu                       mem_per_tres, in the same form
 *     --mem, --mem-per-cpu, --tmp         pn_min_memory, pn_min_tmp_disk, in MiB
 *
 * A number that was not given is NO_VAL or its 16- or 64-bit counterpart. The environment of a
 * batch job repeats what was typed, for the steps within the job, so it is corrected as well.
 */
#include "plugin/job_desc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "plugin/gres.h"
#include "plugin/release.h"

static bool is_set32(uint32_t value)
{
	return value != NO_VAL && value != INFINITE;
}

static bool is_set16(uint16_t value)
{
	return value && value != NO_VAL16 && value != INFINITE16;
}

/*
 * Which command sent the description. Only sbatch sends a script. srun always sets wait_all_nodes,
 * salloc only with --wait-all-nodes. So a salloc with that option counts as srun, for which fewer
 * changes are possible, and other programs that use libslurm count as salloc.
 */
static enum dsfit_command command_of(const job_desc_msg_t *desc)
{
	if (desc->script || desc->script_buf)
		return DSFIT_SBATCH;
	return desc->wait_all_nodes == 1 ? DSFIT_SRUN : DSFIT_SALLOC;
}

static void set(struct dsfit_job *job, enum dsfit_slurm_option option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void set(struct dsfit_job *job, enum dsfit_slurm_option option, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(job->number[option], DSFIT_JOB_TEXT, format, args);
	va_end(args);
	job->options.text[option] = job->number[option];
}

/* Whether the list is one entry, of GPUs (not of a gres such as gpumem), with the prefix that
 * clients write. */
static bool is_gpus_alone(const char *list)
{
	const char *entry = dsfit_past_gres(list);

	return entry != list && !strncmp(entry, "gpu", 3) && strchr(":=(", entry[3]) &&
	       !strchr(list, ',');
}

/* The text after "gres:gpu:" in an entry such as "gres:gpu:8192"; NULL if the entry is not gpu. */
static const char *count_of(const char *entry)
{
	const char *gpu = dsfit_past_gres(entry);

	return !strncmp(gpu, "gpu", 3) && (gpu[3] == ':' || gpu[3] == '=') ? gpu + 4 : NULL;
}

/*
 * Find a variable in the environment of a batch job. In a component of a het job the component's
 * number is part of its name. Returns where the environment holds it, or NULL.
 */
static char **find_variable(const job_desc_msg_t *desc, const char *name)
{
	char full[64];
	int length;

	if (desc->het_job_offset != NO_VAL)
		length = snprintf(full, sizeof(full), "%s_HET_GROUP_%u=", name,
				  desc->het_job_offset);
	else
		length = snprintf(full, sizeof(full), "%s=", name);
	for (uint32_t i = 0; desc->environment && i < desc->env_size; i++)
		if (desc->environment[i] && !strncmp(desc->environment[i], full, (size_t)length))
			return &desc->environment[i];
	return NULL;
}

static void read_nodes(const job_desc_msg_t *desc, struct dsfit_job *job)
{
	if (is_set32(desc->min_nodes))
		set(job, SLURM_NODES, "%u-%u", desc->min_nodes,
		    is_set32(desc->max_nodes) ? desc->max_nodes : 0);
}

/*
 * The typed --ntasks. Beside --ntasks-per-gpu and GPUs per node, clients of 22.05 set num_tasks to
 * the tasks of one node's GPUs even so, and only the CPUs tell what was typed: "-n8
 * --ntasks-per-gpu=1 --gpus-per-node=4" has 4 tasks and 8 CPUs, and runs on two nodes.
 */
static uint64_t typed_tasks(const job_desc_msg_t *desc)
{
	uint64_t cpus = is_set16(desc->cpus_per_task) ? desc->cpus_per_task : 1;

	if (!is_set16(desc->ntasks_per_tres) || !is_set32(desc->min_cpus) || desc->min_cpus % cpus)
		return desc->num_tasks;
	return dsfit_max(desc->num_tasks, desc->min_cpus / cpus);
}

/*
 * Read the task counts. num_tasks need not be --ntasks: a client also calculates it, as
 * --ntasks-per-node times the nodes, as one task per node with --gpus-per-task, or as
 * --ntasks-per-gpu times the GPUs.
 */
static void read_tasks(const job_desc_msg_t *desc, struct dsfit_job *job)
{
	bool per_gpu = is_set16(desc->ntasks_per_tres), per_node = is_set16(desc->ntasks_per_node);
	bool typed = desc->bitflags & JOB_NTASKS_SET;

	if (per_node)
		set(job, SLURM_NTASKS_PER_NODE, "%u", desc->ntasks_per_node);
	if (per_gpu)
		set(job, SLURM_NTASKS_PER_GPU, "%u", desc->ntasks_per_tres);
	if (is_set16(desc->cpus_per_task))
		set(job, SLURM_CPUS_PER_TASK, "%u", desc->cpus_per_task);
	if (!is_set32(desc->num_tasks) || !desc->num_tasks)
		return;
	if (per_node && is_set32(desc->min_nodes) &&
	    desc->num_tasks == (uint64_t)desc->ntasks_per_node * desc->min_nodes)
		job->tasks_derived = true;
	else if (!typed && (per_gpu || (desc->tres_per_task && desc->min_nodes == desc->num_tasks)))
		job->tasks_derived = true;
	else
		set(job, SLURM_NTASKS, "%llu", (unsigned long long)typed_tasks(desc));
}

static void read_memory(const job_desc_msg_t *desc, struct dsfit_job *job)
{
	const char *per_gpu = desc->mem_per_tres ? count_of(desc->mem_per_tres) : NULL;

	if (desc->pn_min_memory != NO_VAL64 && desc->pn_min_memory & MEM_PER_CPU)
		set(job, SLURM_MEM_PER_CPU, "%lluM",
		    (unsigned long long)(desc->pn_min_memory & ~MEM_PER_CPU));
	else if (desc->pn_min_memory != NO_VAL64)
		set(job, SLURM_MEM, "%lluM", (unsigned long long)desc->pn_min_memory);
	/* dsfit_request_parse() will reject a list of several entries, or an entry with a type. */
	if (desc->mem_per_tres)
		job->options.text[SLURM_MEM_PER_GPU] = per_gpu ? per_gpu : desc->mem_per_tres;
	if (is_set32(desc->pn_min_tmp_disk) && desc->pn_min_tmp_disk)
		set(job, SLURM_TMP, "%uM", desc->pn_min_tmp_disk);
}

/* An empty string means that the option was not given. */
static const char *text_of(const char *field)
{
	return field && *field ? field : NULL;
}

static void read_gpus(const job_desc_msg_t *desc, struct dsfit_job *job)
{
	const char *per_node = text_of(desc->tres_per_node);
	const char *per_task = text_of(desc->tres_per_task);
	const char **text = job->options.text;

	text[SLURM_GPUS] = text_of(desc->tres_per_job);
	text[SLURM_GPUS_PER_SOCKET] = text_of(desc->tres_per_socket);
	/* --gpus-per-node and --gres look alike here, but sbatch sets a variable for the former. */
	if (per_node && is_gpus_alone(per_node) &&
	    (!desc->environment || find_variable(desc, "SLURM_GPUS_PER_NODE")))
		text[SLURM_GPUS_PER_NODE] = per_node;
	else if (per_node)
		text[SLURM_GRES] = per_node;
	if (per_task)
		text[is_gpus_alone(per_task) ? SLURM_GPUS_PER_TASK : SLURM_TRES_PER_TASK] =
			per_task;
	text[SLURM_TRES_BIND] = text_of(desc->tres_bind);
	if (text_of(desc->cpus_per_tres))
		text[SLURM_CPUS_PER_GPU] = count_of(desc->cpus_per_tres);
}

void dsfit_job_read(const job_desc_msg_t *desc, struct dsfit_job *out)
{
	memset(out, 0, sizeof(*out));
	out->slurm = (struct dsfit_slurm){ command_of(desc), DSFIT_SLURM_RELEASE, true };
	read_nodes(desc, out);
	read_tasks(desc, out);
	read_memory(desc, out);
	read_gpus(desc, out);
	if (desc->shared == JOB_SHARED_NONE)
		out->options.text[SLURM_EXCLUSIVE] = "exclusive";
	out->options.text[SLURM_CONSTRAINT] = text_of(desc->features);
	out->options.text[SLURM_PARTITION] = text_of(desc->partition);
	out->options.text[SLURM_QOS] = text_of(desc->qos);
	out->options.text[SLURM_ACCOUNT] = text_of(desc->account);
	out->options.text[SLURM_NODELIST] = text_of(desc->req_nodes);
	out->options.text[SLURM_EXCLUDE] = text_of(desc->exc_nodes);
	out->options.text[SLURM_RESERVATION] = text_of(desc->reservation);
}

/* --- and back ------------------------------------------------------------------ */

void dsfit_slurm_string(char **at, const char *text)
{
	char *copy = slurm_xstrdup(text);

	if (*at)
		slurm_xfree((void **)at);
	*at = copy;
}

/* What to write before GPUs, such as "gres:gpu:": as the field has it, or, if the field is empty,
 * as clients of this release write it. */
static const char *gpu_prefix(const char *had)
{
	if (had && *had && dsfit_past_gres(had) == had)
		return "gpu:";
	if (had && *had)
		return had[4] == ':' ? "gres:gpu:" : "gres/gpu:";
	return dsfit_release_gres_prefix(DSFIT_SLURM_RELEASE);
}

/* Write GPUs into a field: in place of its text, or after it if `add` is set. */
static void put_gpus(char **field, const char *value, bool add)
{
	char text[DSFIT_SLURM_FIELD_MAX + DSFIT_EXPRESSION_MAX + 16];

	if (add && text_of(*field))
		snprintf(text, sizeof(text), "%s,%s%s", *field, gpu_prefix(*field), value);
	else
		snprintf(text, sizeof(text), "%s%s", gpu_prefix(*field), value);
	dsfit_slurm_string(field, text);
}

/* Change a variable of the job's environment, if it is there. */
static void put_variable(job_desc_msg_t *desc, const char *name, const char *value)
{
	char **at = find_variable(desc, name);
	char text[DSFIT_EXPRESSION_MAX + 64];

	if (!at)
		return;
	snprintf(text, sizeof(text), "%.*s%s", (int)(strchr(*at, '=') - *at + 1), *at, value);
	dsfit_slurm_string(at, text);
}

/* With --exclusive a job gets its nodes' GPUs even if --gpus=0 was typed, but its steps get none
 * because of SLURM_GPUS=0. Replace that variable with SLURM_GPUS_PER_NODE. */
static void replace_zero(job_desc_msg_t *desc, const char *value)
{
	char **at = find_variable(desc, "SLURM_GPUS");
	const char *rest = at ? *at + strlen("SLURM_GPUS") : NULL;
	char text[DSFIT_EXPRESSION_MAX + 64];

	if (!at || strcmp(strchr(rest, '=') + 1, "0"))
		return;
	snprintf(text, sizeof(text), "SLURM_GPUS_PER_NODE%.*s%s",
		 (int)(strchr(rest, '=') - rest + 1), rest, value);
	dsfit_slurm_string(at, text);
}

/* The new numbers. They are written into the description only when all of them are checked. */
struct numbers {
	uint32_t min_nodes, max_nodes, tasks, scratch;
	uint64_t memory;
};

static int parse_nodes(const char *value, struct numbers *out)
{
	char low[DSFIT_JOB_TEXT];
	size_t length = strcspn(value, "-");
	uint64_t min, max;

	if (length >= sizeof(low))
		return -1;
	memcpy(low, value, length);
	low[length] = '\0';
	if (dsfit_parse_number(low, 1, INFINITE - 16, &min, NULL) ||
	    dsfit_parse_number(value[length] ? value + length + 1 : low, 1, INFINITE - 16, &max,
			       NULL))
		return -1;
	out->min_nodes = (uint32_t)min;
	out->max_nodes = (uint32_t)max;
	return 0;
}

/* Read "12G", "800M" or "0" as MiB, at most `max`. */
static int parse_mib(const char *value, uint64_t max, uint64_t *out)
{
	uint64_t bytes;

	if (dsfit_parse_bytes(value, &bytes, NULL) || bytes / DSFIT_MIB > max)
		return -1;
	*out = bytes / DSFIT_MIB;
	return 0;
}

static int parse_change(const struct dsfit_slurm_change *change, struct numbers *out)
{
	uint64_t number;

	switch (change->option) {
	case SLURM_NODES:
		return parse_nodes(change->value, out);
	case SLURM_NTASKS:
		if (dsfit_parse_number(change->value, 1, INFINITE - 16, &number, NULL))
			return -1;
		out->tasks = (uint32_t)number;
		return 0;
	case SLURM_TMP:
		if (parse_mib(change->value, INFINITE - 16, &number))
			return -1;
		out->scratch = (uint32_t)number;
		return 0;
	case SLURM_MEM:
	case SLURM_MEM_PER_CPU:
	case SLURM_MEM_PER_GPU:
		return parse_mib(change->value, MEM_PER_CPU - 1, &out->memory);
	default:
		return 0;
	}
}

static void put_mem_per_gpu(job_desc_msg_t *desc, uint64_t memory)
{
	char value[DSFIT_JOB_TEXT];

	snprintf(value, sizeof(value), "%llu", (unsigned long long)memory);
	put_gpus(&desc->mem_per_tres, value, false);
}

/* Make the same change in the environment, from which the job's steps take their options. slurmd
 * itself sets the variables for nodes and for memory per node. */
static void tell_steps(job_desc_msg_t *desc, const struct dsfit_slurm_change *change,
		       const struct numbers *numbers)
{
	static const struct {
		enum dsfit_slurm_option option;
		const char *name;
	} variables[] = {
		{ SLURM_GPUS, "SLURM_GPUS" },
		{ SLURM_GPUS_PER_NODE, "SLURM_GPUS_PER_NODE" },
		{ SLURM_GPUS_PER_TASK, "SLURM_GPUS_PER_TASK" },
		{ SLURM_TRES_PER_TASK, "SLURM_TRES_PER_TASK" },
		{ SLURM_TRES_BIND, "SLURM_TRES_BIND" },
		{ SLURM_NTASKS, "SLURM_NTASKS" },
		{ SLURM_NTASKS, "SLURM_NPROCS" },
	};
	char memory[DSFIT_JOB_TEXT];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(variables); i++)
		if (variables[i].option == change->option)
			put_variable(desc, variables[i].name, change->value);
	if (change->option == SLURM_GPUS_PER_NODE)
		replace_zero(desc, change->value);
	if (change->option != SLURM_MEM_PER_GPU)
		return;
	snprintf(memory, sizeof(memory), "%llu", (unsigned long long)numbers->memory);
	put_variable(desc, "SLURM_MEM_PER_GPU", memory);
}

static void apply_change(job_desc_msg_t *desc, const struct dsfit_slurm_change *change,
			 const struct numbers *numbers)
{
	switch (change->option) {
	case SLURM_NODES:
		desc->min_nodes = numbers->min_nodes;
		desc->max_nodes = numbers->max_nodes;
		DSFIT_FORGET_NODE_SET(desc);
		break;
	case SLURM_NTASKS:
		desc->num_tasks = numbers->tasks;
		break;
	case SLURM_GPUS:
		put_gpus(&desc->tres_per_job, change->value, false);
		break;
	case SLURM_GPUS_PER_NODE:
		/* If no option asked for GPUs, the field may have another gres: keep it. */
		put_gpus(&desc->tres_per_node, change->value,
			 desc->tres_per_node && !is_gpus_alone(desc->tres_per_node));
		break;
	case SLURM_GPUS_PER_TASK:
		put_gpus(&desc->tres_per_task, change->value, false);
		break;
	case SLURM_GRES:
		dsfit_slurm_string(&desc->tres_per_node, change->value);
		break;
	case SLURM_TRES_PER_TASK:
		dsfit_slurm_string(&desc->tres_per_task, change->value);
		break;
	case SLURM_TRES_BIND:
		dsfit_slurm_string(&desc->tres_bind, change->value);
		break;
	case SLURM_MEM:
		desc->pn_min_memory = numbers->memory;
		break;
	case SLURM_MEM_PER_CPU:
		desc->pn_min_memory = numbers->memory | MEM_PER_CPU;
		break;
	case SLURM_MEM_PER_GPU:
		put_mem_per_gpu(desc, numbers->memory);
		break;
	case SLURM_CONSTRAINT:
		dsfit_slurm_string(&desc->features, change->value);
		break;
	case SLURM_PARTITION:
		dsfit_slurm_string(&desc->partition, change->value);
		break;
	case SLURM_TMP:
		desc->pn_min_tmp_disk = numbers->scratch;
		break;
	default:
		break;
	}
}

/* The task count that a client would have calculated from the new numbers. slurmctld requests CPUs
 * for that many tasks before it calculates the count itself. */
static uint32_t multiply_tasks(const struct dsfit_request *to)
{
	uint64_t tasks = to->nodes_min;

	if (to->tasks_per_node)
		tasks = dsfit_mul(to->tasks_per_node, to->nodes_min);
	else if (to->tasks_per_gpu)
		tasks = dsfit_mul(to->tasks_per_gpu, to->scope == DSFIT_GPUS_PER_JOB ? to->gpus :
							dsfit_mul(to->gpus, to->nodes_min));
	return tasks < NO_VAL ? (uint32_t)tasks : NO_VAL;
}

int dsfit_job_apply(job_desc_msg_t *desc, const struct dsfit_job *job,
		    const struct dsfit_slurm_change *changes, int count,
		    const struct dsfit_request *to, struct dsfit_error *err)
{
	struct numbers numbers = { 0 };

	/* slurmctld checks the length of strings only after this plugin. */
	if (desc->tres_per_node && strlen(desc->tres_per_node) > DSFIT_SLURM_FIELD_MAX)
		return dsfit_fail(err, "the corrected --gres is longer than %d characters",
					  DSFIT_SLURM_FIELD_MAX);
	for (int i = 0; i < count; i++)
		if (!changes[i].reset && parse_change(&changes[i], &numbers))
			return dsfit_fail(err, "Slurm rejects the corrected --%s=%s",
					  dsfit_slurm_option_names[changes[i].option],
					  changes[i].value);
	/* Every reset is followed by a change that sets the same field, so it can be skipped. */
	for (int i = 0; i < count; i++) {
		if (changes[i].reset)
			continue;
		apply_change(desc, &changes[i], &numbers);
		tell_steps(desc, &changes[i], &numbers);
	}
	if (count && job->tasks_derived)
		desc->num_tasks = multiply_tasks(to);
	return 0;
}
