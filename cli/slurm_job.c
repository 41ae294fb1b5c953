/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurmctld knows a job for MinJobAge after its end (scontrol show job); slurmdbd keeps it, and the
 * command line and the memory of its steps, which slurmctld does not have (sacct).
 *
 *   libslurm.c          finds the functions of libslurm
 *   ask_controller()    slurm_load_job    -> records of slurmctld
 *   ask_database()      slurmdb_jobs_get  -> records of slurmdbd
 *   choose()            the one that is meant
 *
 * No text of a user's is parsed: a job's name could look like any line of scontrol.
 */
#include "cli/slurm_job.h"

#include <errno.h>
#include <inttypes.h>
#include <slurm/slurmdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/common.h"
#include "cli/libslurm.h"
#include "core/base/array.h"
#include "core/base/size.h"
#include "plugin/gres.h"
#include "plugin/release.h"

#define RECORDS_MAX 4096
/* The numbers of TRES in slurmdbd that are the same on every cluster: mem and node. */
#define TRES_MEMORY 2
#define TRES_NODES 4

struct records {
	struct slurm_job *job;
	size_t count;
};

static struct slurm_job *add(struct records *all)
{
	struct slurm_job *one;

	if (!all->job) {
		all->job = calloc(RECORDS_MAX, sizeof(*all->job));
		cli_need(!all->job);
	}
	if (all->count == RECORDS_MAX)
		return NULL;
	one = &all->job[all->count++];
	*one = (struct slurm_job){ .task = -1, .component = -1, .seconds = -1,
				   .limit_minutes = -1 };
	return one;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* A user's text in one line; it stays until the process ends. */
static const char *printable(const char *text)
{
	char *copy = strdup(text_of(text));

	cli_need(!copy);
	dsfit_printable(copy);
	return copy;
}

/* What follows "NAME=" in a list of TRES; NULL if it is not there. */
static const char *find_tres(const char *tres, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = tres; at && *at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, length) && at[length] == '=')
			return at + length + 1;
	}
	return NULL;
}

/* The number of "NAME=12" in a list of TRES; 0 if it is not there. */
static uint64_t number_of(const char *tres, const char *name)
{
	const char *number = find_tres(tres, name);

	return number ? strtoull(number, NULL, 10) : 0;
}

/* The bytes of "mem=100G" in a list of TRES of slurmctld; without a unit it is MiB. */
static uint64_t memory_of(const char *tres)
{
	const char *at = find_tres(tres, "mem");
	char word[32];
	uint64_t bytes;

	if (!at)
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
	return dsfit_parse_mebibytes(word, &bytes, NULL) ? 0 : bytes;
}

/* A status of wait(), or NO_VAL. */
static void take_exit(uint32_t status, struct slurm_job *out)
{
	if (status == NO_VAL)
		return;
	out->exit_code = (int)(status >> 8 & 255);
	out->signal = (int)(status & 127);
}

static int step_code(uint32_t status)
{
	return status == NO_VAL ? 0 : (int)(status >> 8 & 255);
}

static void take_times(uint32_t state, time_t start, time_t end, struct slurm_job *out)
{
	time_t now = time(NULL);

	if (state == JOB_PENDING || !start || start > now)
		return;
	if (state == JOB_RUNNING || state == JOB_SUSPENDED || !end)
		end = now;
	out->seconds = end > start ? (int64_t)(end - start) : 0;
}

/* --- slurmctld ------------------------------------------------------------------------------ */

static uint64_t gpus_in(const char *tres)
{
	struct dsfit_gres_item item;
	uint64_t gpus = 0;

	while (tres && dsfit_gres_next(&tres, &item) > 0)
		if (item.is_gpu)
			gpus = dsfit_add(gpus, item.count);
	return gpus;
}

/* The GPUs that were asked for. Where AccountingStorageTRES lacks gres/gpu, as without slurmdbd, no
 * list of TRES has them. */
static uint64_t gpus_asked(const slurm_job_info_t *job, uint64_t nodes)
{
	uint64_t gpus = gpus_in(job->tres_per_job);

	if (!gpus)
		gpus = dsfit_mul(gpus_in(job->tres_per_node), nodes);
	return gpus ? gpus : dsfit_mul(gpus_in(job->tres_per_task), job->num_tasks);
}

/* The field that asks for GPUs, as Slurm has it; "": none. */
static const char *asked_as(const slurm_job_info_t *job)
{
	const char *fields[] = { job->tres_per_job, job->tres_per_node, job->tres_per_task };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(fields); i++)
		if (gpus_in(fields[i]))
			return printable(fields[i]);
	return "";
}

/* Bytes per node. slurmctld does not count the memory and the GPUs in its list of TRES anew when a
 * waiting job is updated to fewer nodes (seen in 22.05 and 26.05): what was asked for counts. */
static uint64_t memory_asked(const slurm_job_info_t *job, uint64_t nodes, const char *tres)
{
	if (job->pn_min_memory && !(job->pn_min_memory & MEM_PER_CPU))
		return dsfit_mul(job->pn_min_memory, DSFIT_MIB);
	if (!job->pn_min_memory && (job->job_state & JOB_STATE_BASE) == JOB_PENDING)
		return 0;
	return nodes ? memory_of(tres) / nodes : 0;
}

static void take_job(const struct libslurm_jobs *slurm, slurm_job_info_t *job,
		     struct slurm_job *out)
{
	const uint32_t state = job->job_state & JOB_STATE_BASE;
	const char *tres = job->tres_alloc_str && *job->tres_alloc_str ? job->tres_alloc_str :
									 job->tres_req_str;
	char output[PATH_MAX] = "";

	out->known_here = true;
	out->id = job->array_job_id ? job->array_job_id :
		  job->het_job_id ? job->het_job_id : job->job_id;
	if (job->array_job_id && job->array_task_id != NO_VAL)
		out->task = job->array_task_id;
	if (job->het_job_id && job->het_job_offset != NO_VAL)
		out->component = job->het_job_offset;
	out->uid = job->user_id;
	out->partition = text_of(job->partition);
	out->state = slurm->job_state_string(state);
	out->reason = slurm->job_reason_string(job->state_reason);
	out->admin_comment = printable(job->admin_comment);
	out->submit_line = "";
	out->node_list = text_of(job->nodes);
	if (job->batch_flag)
		slurm->get_job_stdout(output, sizeof(output), job);
	out->output = printable(output);
	take_exit(job->exit_code, out);
	out->step_exit_code = step_code(job->derived_ec);
	take_times(state, job->start_time, job->end_time, out);
	if (job->time_limit != NO_VAL && job->time_limit != INFINITE)
		out->limit_minutes = job->time_limit;
	out->nodes = number_of(tres, "node");
	out->gpus = state == JOB_PENDING ? gpus_asked(job, out->nodes) : 0;
	if (!out->gpus)
		out->gpus = number_of(tres, "gres/gpu");
	if (!out->gpus)
		out->gpus = gpus_asked(job, out->nodes);
	out->memory_per_node = memory_asked(job, out->nodes, tres);
	out->gpus_asked = asked_as(job);
}

static int ask_controller(const struct libslurm_jobs *slurm, uint32_t id, struct records *all,
			  struct dsfit_error *err)
{
	job_info_msg_t *answer = NULL;

	if (slurm->load_job(&answer, DSFIT_LOAD_JOB_ID(id), SHOW_ALL | SHOW_DETAIL) || !answer) {
		if (errno == ESLURM_INVALID_JOB_ID)
			return 0;
		return dsfit_fail(err, "cannot ask Slurm: %s", slurm->strerror(errno));
	}
	for (uint32_t i = 0; i < answer->record_count; i++) {
		struct slurm_job *one = add(all);

		if (one)
			take_job(slurm, &answer->job_array[i], one);
	}
	return 0;
}

/* --- slurmdbd ------------------------------------------------------------------------------- */

/* What the steps of a job tell. */
static void take_steps(const struct libslurm_jobs *slurm, const slurmdb_job_rec_t *job,
		       struct slurm_job *out)
{
	__typeof__(slurm->list_iterator_create(NULL)) at;
	const slurmdb_step_rec_t *step;
	char memory[16];

	if (!job->steps)
		return;
	snprintf(memory, sizeof(memory), "%d", TRES_MEMORY);
	at = slurm->list_iterator_create(job->steps);
	while ((step = slurm->list_next(at))) {
		uint64_t most = number_of(step->stats.tres_usage_in_max, memory);

		if (most != INFINITE64 && most != NO_VAL64)
			out->max_rss = dsfit_max(out->max_rss, most);
		if ((step->state & JOB_STATE_BASE) == JOB_OOM)
			out->step_out_of_memory = true;
	}
	slurm->list_iterator_destroy(at);
}

/* The number by which slurmdbd's lists of TRES name all GPUs, which it gives each GRES as it meets
 * them; 0 if AccountingStorageTRES has none. */
static uint32_t number_of_gpus(const struct libslurm_jobs *slurm, void *connection)
{
	static char gres[] = "gres";
	slurmdb_tres_cond_t which = { .count = NO_VAL, .type_list = slurm->list_create(NULL) };
	__typeof__(slurm->tres_get(NULL, NULL)) all;
	__typeof__(slurm->list_iterator_create(NULL)) at;
	const slurmdb_tres_rec_t *tres;
	uint32_t number = 0;

	slurm->list_append(which.type_list, gres);
	all = slurm->tres_get(connection, &which);
	if (!all)
		return 0;
	at = slurm->list_iterator_create(all);
	while ((tres = slurm->list_next(at)))
		if (tres->name && !strcmp(tres->name, "gpu"))
			number = tres->id;
	slurm->list_iterator_destroy(at);
	return number;
}

static void take_record(const struct libslurm_jobs *slurm, const slurmdb_job_rec_t *job,
			uint32_t gpu, struct slurm_job *out)
{
	const uint32_t state = job->state & JOB_STATE_BASE;
	const char *tres = job->tres_alloc_str && *job->tres_alloc_str ? job->tres_alloc_str :
									 job->tres_req_str;
	char memory[16], nodes[16], gpus[16];

	snprintf(memory, sizeof(memory), "%d", TRES_MEMORY);
	snprintf(nodes, sizeof(nodes), "%d", TRES_NODES);
	snprintf(gpus, sizeof(gpus), "%" PRIu32, gpu);
	out->id = job->array_job_id ? job->array_job_id :
		  job->het_job_id && job->het_job_id != NO_VAL ? job->het_job_id : job->jobid;
	if (job->array_job_id && job->array_task_id != NO_VAL)
		out->task = job->array_task_id;
	if (job->het_job_id && job->het_job_id != NO_VAL && job->het_job_offset != NO_VAL)
		out->component = job->het_job_offset;
	out->uid = job->uid;
	out->partition = text_of(job->partition);
	out->state = slurm->job_state_string(state);
	out->reason = slurm->job_reason_string(job->state_reason_prev);
	out->admin_comment = printable(job->admin_comment);
	out->submit_line = printable(job->submit_line);
	out->gpus_asked = "";
	out->node_list = job->nodes && strcmp(job->nodes, "None assigned") ? job->nodes : "";
	out->output = "";
	take_exit(job->exitcode, out);
	out->step_exit_code = step_code(job->derived_ec);
	take_times(state, job->start, job->end, out);
	if (job->timelimit != NO_VAL && job->timelimit != INFINITE)
		out->limit_minutes = job->timelimit;
	out->nodes = number_of(tres, nodes);
	out->gpus = gpu ? number_of(tres, gpus) : 0;
	if (out->nodes)
		out->memory_per_node = dsfit_mul(number_of(tres, memory), DSFIT_MIB) / out->nodes;
	take_steps(slurm, job, out);
}

static int ask_database(const struct libslurm_jobs *slurm, uint32_t id, struct records *all,
			struct dsfit_error *err)
{
	slurm_selected_step_t step = {
		.array_task_id = NO_VAL, .het_job_offset = NO_VAL,
		.step_id = { .job_id = id, .step_id = NO_VAL, .step_het_comp = NO_VAL },
	};
	slurmdb_job_cond_t which = { .flags = JOBCOND_FLAG_NO_TRUNC,
				     .db_flags = SLURMDB_JOB_FLAG_NOTSET };
	uint16_t flags = 0;
	void *connection = slurm->connection_get(&flags);
	__typeof__(slurm->jobs_get(NULL, NULL)) jobs;
	__typeof__(slurm->list_iterator_create(NULL)) at;
	const slurmdb_job_rec_t *job;
	uint32_t gpu;

	which.step_list = slurm->list_create(NULL);
	slurm->list_append(which.step_list, &step);
	jobs = connection ? slurm->jobs_get(connection, &which) : NULL;
	if (!jobs)
		return dsfit_fail(err, "slurmdbd does not answer: %s", slurm->strerror(errno));
	gpu = number_of_gpus(slurm, connection);
	at = slurm->list_iterator_create(jobs);
	while ((job = slurm->list_next(at))) {
		struct slurm_job *one = add(all);

		if (one)
			take_record(slurm, job, gpu, one);
	}
	slurm->list_iterator_destroy(at);
	slurm->connection_close(&connection);
	return 0;
}

/* --- which one ------------------------------------------------------------------------------ */

static bool ended_badly(const struct slurm_job *job)
{
	return strcmp(job->state, "COMPLETED") && strcmp(job->state, "PENDING") &&
	       strcmp(job->state, "RUNNING") && strcmp(job->state, "SUSPENDED");
}

/* Whether a record is the one that is meant. Tasks that wait share a record without a number. */
static bool is_meant(const struct slurm_job *job, const struct slurm_job_id *id)
{
	if (id->task >= 0 && job->task != id->task &&
	    !(job->task < 0 && !strcmp(job->state, "PENDING")))
		return false;
	return id->component < 0 || job->component == id->component;
}

static const struct slurm_job *choose(const struct records *all, const struct slurm_job_id *id)
{
	const struct slurm_job *chosen = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct slurm_job *one = &all->job[i];

		if (!is_meant(one, id))
			continue;
		/* A task's own record is better than that of the tasks that wait. */
		if (!chosen || (id->task >= 0 ? one->task == id->task :
				ended_badly(one) && !ended_badly(chosen)))
			chosen = one;
	}
	return chosen;
}

/* Add what only slurmdbd knows. */
static void merge(const struct slurm_job *record, struct slurm_job *out)
{
	out->submit_line = record->submit_line;
	out->max_rss = record->max_rss;
	out->step_out_of_memory = record->step_out_of_memory;
}

/* No record: say where it could be. */
static int not_found(const struct slurm_job_id *id, bool accounting, uint32_t min_age,
		     struct dsfit_error *err)
{
	if (accounting)
		return dsfit_fail(err, "Slurm knows no job %" PRIu32 ", or does not show it "
				  "to you; a job that was refused at submission has no number, and "
				  "its message says why", id->id);
	return dsfit_fail(err, "slurmctld knows no job %" PRIu32 ", or does not show it to you. It "
			  "forgets a job %" PRIu32 " seconds after its end (MinJobAge), and this "
			  "cluster has no slurmdbd to ask. A job that was refused at submission "
			  "has no number", id->id, min_age);
}

int slurm_job_load(const struct slurm_job_id *id, struct slurm_job *out, struct dsfit_error *err)
{
	struct records here = { NULL, 0 }, kept = { NULL, 0 };
	const struct slurm_job *live, *record = NULL;
	struct libslurm_jobs slurm;
	slurm_conf_t *conf = NULL;
	struct dsfit_error why;
	bool accounting, asked = true;

	if (libslurm_open_jobs(&slurm, err))
		return -1;
	slurm.init(NULL);
	if (slurm.load_ctl_conf((time_t)0, &conf) || !conf)
		return dsfit_fail(err, "cannot ask Slurm: slurmctld: %s", slurm.strerror(errno));
	accounting = conf->accounting_storage_type &&
		     !strcmp(conf->accounting_storage_type, "accounting_storage/slurmdbd");
	if (ask_controller(&slurm, id->id, &here, err))
		return -1;
	live = choose(&here, id);
	if (accounting && ask_database(&slurm, id->id, &kept, &why))
		asked = false;
	record = choose(&kept, id);
	if (!live && !record)
		return asked ? not_found(id, accounting, conf->min_job_age, err) :
			       dsfit_fail(err, "slurmctld knows no job %" PRIu32 ", and %s", id->id,
					  why.text);
	/* cppcheck-suppress nullPointerRedundantCheck ; one of them is there, see above */
	*out = live ? *live : *record;
	if (live && record)
		merge(record, out);
	out->of = id->task >= 0 || id->component >= 0 ? 1 :
						(unsigned)dsfit_max(here.count, kept.count);
	out->accounting = accounting;
	free(here.job);
	free(kept.job);
	return 0;
}
