/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls job_submit_dsfit.so as slurmctld does. This file plays Slurm's functions. The jobs are
 * descriptions as clients of several releases send them, and random ones that no client would send.
 * Many threads submit jobs while the configuration changes.
 */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <pthread.h>
#include <pwd.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <slurm/spank.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "core/declare/passed_on.h"
#include "core/site/load.h"
#include "plugin/job_desc.h"
#include "plugin/job_script.h"
#include "plugin/release.h"
#include "plugin/said.h"
#include "tests/unit/jobs.h"

int init(void);
int fini(void);
int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message);
typedef struct job_record job_record_t;
int DSFIT_JOB_MODIFY(desc, job, uid, message);

/* --- Slurm ------------------------------------------------------------------------- */

/* Marks strings of slurmctld's allocator. Freeing any other string there would crash slurmctld. */
#define MAGIC UINT64_C(0x736c75726d737472)

char *slurm_xstrdup(const char *text)
{
	uint64_t magic = MAGIC;
	char *block;

	if (!text)
		return NULL;
	block = malloc(sizeof(magic) + strlen(text) + 1);
	ck_assert_ptr_nonnull(block);
	memcpy(block, &magic, sizeof(magic));
	return strcpy(block + sizeof(magic), text);
}

void slurm_xfree(void **text)
{
	uint64_t magic;
	char *block;

	if (!*text)
		return;
	block = (char *)*text - sizeof(magic);
	memcpy(&magic, block, sizeof(magic));
	ck_assert_uint_eq(magic, MAGIC);
	memset(block, 0, sizeof(magic));
	free(block);
	*text = NULL;
}

/* slurmctld's own: of what slurm.conf says, the plugin reads the folder for states. */
slurm_conf_t slurm_conf;

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char last_log[1024], all_log[16384];	/* the last line; all that have room */
static atomic_uint in_force, kept;

static void take_log(const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	ck_assert_msg(dsfit_is_printable(line), "in slurmctld's log: %s", line);
	if (strstr(line, " in force: "))
		in_force++;
	if (strstr(line, "the last good configuration stays in force"))
		kept++;
	pthread_mutex_lock(&log_lock);
	strcpy(last_log, line);
	snprintf(all_log + strlen(all_log), sizeof(all_log) - strlen(all_log), "%s\n", line);
	pthread_mutex_unlock(&log_lock);
}

void slurm_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take_log(format, args);
	va_end(args);
}

void slurm_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take_log(format, args);
	va_end(args);
}

/* --- jobs ---------------------------------------------------------------------------- */

#define OPTION "_SLURM_SPANK_OPTION_dsfit_ds_"
#define ENTRIES 8

/* A description as slurmctld unpacks it: every string comes from slurmctld's allocator. */
struct unpacked {
	job_desc_msg_t desc;
	char *spank[ENTRIES], *environment[ENTRIES];
	char *message;
	int rc;
};

/* Set what slurm_init_job_desc_msg() sets, as far as the plugin reads it. */
static void describe(struct unpacked *job)
{
	job_desc_msg_t *d = &job->desc;

	memset(job, 0, sizeof(*job));
	d->bitflags = 0;
	d->cpus_per_task = d->ntasks_per_node = d->ntasks_per_tres = NO_VAL16;
	d->shared = d->wait_all_nodes = NO_VAL16;
	d->min_nodes = d->max_nodes = d->num_tasks = d->pn_min_tmp_disk = NO_VAL;
	d->het_job_offset = NO_VAL;
	d->pn_min_memory = NO_VAL64;
	d->user_id = d->group_id = 12345;
	d->spank_job_env = job->spank;
	d->environment = job->environment;
}

static void pass(struct unpacked *job, const char *entry)
{
	ck_assert_uint_lt(job->desc.spank_job_env_size, ENTRIES);
	job->spank[job->desc.spank_job_env_size++] = slurm_xstrdup(entry);
}

static void put_env(struct unpacked *job, const char *entry)
{
	ck_assert_uint_lt(job->desc.env_size, ENTRIES);
	job->environment[job->desc.env_size++] = slurm_xstrdup(entry);
}

static struct {
	const char *name;
	size_t offset;
} const strings[] = {
	{ "tres_per_job", offsetof(job_desc_msg_t, tres_per_job) },
	{ "tres_per_node", offsetof(job_desc_msg_t, tres_per_node) },
	{ "tres_per_socket", offsetof(job_desc_msg_t, tres_per_socket) },
	{ "tres_per_task", offsetof(job_desc_msg_t, tres_per_task) },
	{ "tres_bind", offsetof(job_desc_msg_t, tres_bind) },
	{ "mem_per_tres", offsetof(job_desc_msg_t, mem_per_tres) },
	{ "cpus_per_tres", offsetof(job_desc_msg_t, cpus_per_tres) },
	{ "features", offsetof(job_desc_msg_t, features) },
	{ "partition", offsetof(job_desc_msg_t, partition) },
	{ "qos", offsetof(job_desc_msg_t, qos) },
	{ "req_nodes", offsetof(job_desc_msg_t, req_nodes) },
	{ "account", offsetof(job_desc_msg_t, account) },
	{ "script", offsetof(job_desc_msg_t, script) },
	{ "admin_comment", offsetof(job_desc_msg_t, admin_comment) },
};

static char **string_at(job_desc_msg_t *desc, size_t i)
{
	return (char **)((char *)desc + strings[i].offset);
}

static void forget(struct unpacked *job)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		slurm_xfree((void **)string_at(&job->desc, i));
	for (size_t i = 0; i < ENTRIES; i++) {
		slurm_xfree((void **)&job->spank[i]);
		slurm_xfree((void **)&job->environment[i]);
	}
	slurm_xfree((void **)&job->message);
}

/* Set one field: "min_nodes=2", "tres_per_node=gres:gpu:a100:4", "env=NAME=value". */
static void set(struct unpacked *job, char *word)
{
	job_desc_msg_t *d = &job->desc;
	char *value = strchr(word, '=');
	uint64_t number;

	ck_assert_ptr_nonnull(value);
	*value++ = '\0';
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		if (!strcmp(strings[i].name, word)) {
			*string_at(d, i) = slurm_xstrdup(value);
			return;
		}
	number = strtoull(value, NULL, 0);
	if (!strcmp(word, "env"))
		put_env(job, value);
	else if (!strcmp(word, "min_nodes"))
		d->min_nodes = (uint32_t)number;
	else if (!strcmp(word, "max_nodes"))
		d->max_nodes = (uint32_t)number;
	else if (!strcmp(word, "tasks"))
		d->num_tasks = (uint32_t)number;
	else if (!strcmp(word, "typed"))
		d->bitflags |= number ? JOB_NTASKS_SET : 0;
	else if (!strcmp(word, "per_node"))
		d->ntasks_per_node = (uint16_t)number;
	else if (!strcmp(word, "per_gpu"))
		d->ntasks_per_tres = (uint16_t)number;
	else if (!strcmp(word, "cpus"))
		d->cpus_per_task = (uint16_t)number;
	else if (!strcmp(word, "min_cpus"))
		d->min_cpus = (uint32_t)number;
	else if (!strcmp(word, "memory"))
		d->pn_min_memory = number;
	else if (!strcmp(word, "memory_per_cpu"))
		d->pn_min_memory = number | MEM_PER_CPU;
	else if (!strcmp(word, "scratch"))
		d->pn_min_tmp_disk = (uint32_t)number;
	else if (!strcmp(word, "shared"))
		d->shared = (uint16_t)number;
	else if (!strcmp(word, "wait"))
		d->wait_all_nodes = (uint16_t)number;
	else if (!strcmp(word, "group"))
		d->group_id = (uint32_t)number;
	else if (!strcmp(word, "component"))
		d->het_job_offset = (uint32_t)number;
	else
		ck_abort_msg("no field %s", word);
}

static void set_all(struct unpacked *job, const char *words)
{
	char line[512], *rest = line, *word;

	snprintf(line, sizeof(line), "%s", words);
	while ((word = strsep(&rest, " ")))
		if (*word)
			set(job, word);
}

static void submit(struct unpacked *job)
{
	job->rc = job_submit(&job->desc, 12345, &job->message);
	for (const char *c = job->message; c && *c; c++)
		ck_assert_msg(*c == '\n' || (*c >= ' ' && *c < 0x7f), "%s", job->message);
}

static const char *demo(void)
{
	return unit_conf("dsfit.conf");
}

static void begin(const char *conf)
{
	setenv("DSFIT_CONF", conf, 1);
	ck_assert_int_eq(init(), 0);
}

/* --- corrections of a description ----------------------------------------------------- */

#define SCRIPT "script=#!/bin/sh "
/* The prefix of GPUs in the release that the plugin is built for. */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 11, 0)
#define GPU "gres/gpu:"
#else
#define GPU "gres:gpu:"
#endif

/* A job of 11B with ZeRO-3, and with an offload if it is not NULL. `to` has fields after the call;
 * an rc other than 0 is a refusal. */
static const struct {
	const char *from, *offload;
	int rc;
	const char *to;
} rows[] = {
	/* Each field keeps its spelling, whichever release it is from. */
	{ SCRIPT "tres_per_node=gres:gpu:a100_80g:2", NULL, 0, "tres_per_node=gres:gpu:a100_80g:4" },
	{ SCRIPT "tres_per_node=gres/gpu:a100_80g:2", NULL, 0, "tres_per_node=gres/gpu:a100_80g:4" },
	{ SCRIPT "tres_per_node=gpu:a100_80g:2", NULL, 0, "tres_per_node=gpu:a100_80g:4" },
	{ SCRIPT "tres_per_node=gres:gpu:a100_80g:2,nic:1", NULL, 0,
	  "tres_per_node=gres:gpu:a100_80g:4,nic:1" },
	{ SCRIPT "tres_per_node=nic:1,gres/gpu:a100_80g=2", NULL, 0,
	  "tres_per_node=nic:1,gres/gpu:a100_80g:4" },
	{ SCRIPT "tres_per_job=gres:gpu:a100_80g:2", NULL, 0, "tres_per_job=gres:gpu:a100_80g:4" },
	{ SCRIPT "tres_per_job=gres/gpu:a100:4", NULL, 0, "tres_per_job=gres/gpu:a100:8" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1", NULL, 0,
	  "min_nodes=2 max_nodes=2 tres_per_node=gres:gpu:a100:4" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=3", NULL, 0,
	  "min_nodes=2 max_nodes=3" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4", NULL, 0, "min_nodes=2 max_nodes=2" },
	/* Variables in the environment of a batch job follow, if they are there. */
	{ SCRIPT "tres_per_node=gres:gpu:a100_80g:2 env=A=b env=SLURM_GPUS_PER_NODE=a100_80g:2", NULL,
	  0, "env0=A=b env1=SLURM_GPUS_PER_NODE=a100_80g:4" },
	{ SCRIPT "tres_per_job=gres:gpu:a100_80g:2 env=SLURM_GPUS=a100_80g:2 env=SLURM_GPUS_X=2", NULL,
	  0, "env0=SLURM_GPUS=a100_80g:4 env1=SLURM_GPUS_X=2" },
	{ SCRIPT "tres_per_job=gres:gpu:a100_80g:2 component=0 env=SLURM_GPUS_HET_GROUP_0=a100_80g:2 "
	  "env=SLURM_GPUS_HET_GROUP_1=1", NULL, 0,
	  "env0=SLURM_GPUS_HET_GROUP_0=a100_80g:4 env1=SLURM_GPUS_HET_GROUP_1=1" },
	/* The environment of a later component is out of reach, so only nodes may be raised. */
	{ SCRIPT "tres_per_node=gres:gpu:a100_80g:2 component=1", NULL, 0,
	  "min_nodes=2 tres_per_node=gres:gpu:a100_80g:2" },
	{ SCRIPT "tres_per_job=gres:gpu:a100_80g:2 component=1", NULL, ESLURM_INVALID_GRES,
	  "tres_per_job=gres:gpu:a100_80g:2" },
	/* Memory and scratch. */
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 memory=8192", "cpu", 0,
	  "memory>8192 min_nodes=1" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 memory=0", "cpu", 0,
	  "memory=0" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 cpus=8 memory_per_cpu=1024",
	  "cpu", 0, "memory_per_cpu>1024" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 mem_per_tres=gres:gpu:8192 "
	  "env=SLURM_MEM_PER_GPU=8192", "cpu", 0, "mem_per_tres=gres:gpu:* env0=SLURM_MEM_PER_GPU=*" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 scratch=1024", "nvme", 0,
	  "scratch>1024" },
	/* Tasks that were typed, and tasks that the client calculated. */
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 tasks=8 typed=1", NULL, 0,
	  "min_nodes=2 tasks=8" },
	{ SCRIPT "tres_per_job=gres:gpu:a100_80g:2 per_gpu=1 tasks=2", NULL, 0,
	  "tres_per_job=gres:gpu:a100_80g:4 tasks=4" },
	{ SCRIPT "tres_per_node=gres:gpu:a100_80g:2 per_node=2 min_nodes=1 max_nodes=1 tasks=2 typed=1",
	  NULL, ESLURM_INVALID_GRES, "tres_per_node=gres:gpu:a100_80g:2 tasks=2" },
	{ SCRIPT "tres_per_task=gres:gpu:a100_80g:2 tasks=1 typed=1", NULL, 0,
	  "tres_per_task=*gpu:a100_80g:4 tasks=1" },
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
	/* The binding follows the number of GPUs per task. */
	{ SCRIPT "tres_per_task=gres/gpu:a100_80g:2 tasks=1 typed=1 tres_bind=gres/gpu:per_task:2 "
	  "env=SLURM_TRES_BIND=gres/gpu:per_task:1", NULL, 0,
	  "tres_per_task=gres/gpu:a100_80g:4 tres_bind=gres/gpu:per_task:4 "
	  "env0=SLURM_TRES_BIND=gres/gpu:per_task:2" },
	{ SCRIPT "tres_per_node=gres/gpu:a100:4 min_nodes=1 max_nodes=1 tasks=1 typed=1 "
	  "env=SLURM_NTASKS=1 env=SLURM_NPROCS=1", NULL, 0,
	  "min_nodes=2 tasks=2 env0=SLURM_NTASKS=2 env1=SLURM_NPROCS=2" },
	{ SCRIPT "tres_per_node=gres/gpu:a100:4 min_nodes=1 max_nodes=1 per_node=4 tasks=4 typed=1",
	  NULL, 0, "min_nodes=2 tasks=8" },
#else
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 tasks=1 typed=1", NULL,
	  ESLURM_INVALID_GRES, "min_nodes=1 tasks=1" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 per_node=4 tasks=4 typed=1",
	  NULL, ESLURM_INVALID_GRES, "min_nodes=1 tasks=4" },
#endif
	/* srun: only nodes may be raised, and only if no task count was given. */
	{ "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 wait=1", NULL, 0, "min_nodes=2" },
	{ "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 wait=1 tasks=1 typed=1", NULL,
	  ESLURM_INVALID_GRES, "min_nodes=1 tasks=1" },
	{ "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 wait=1 per_node=1 tasks=1 typed=1",
	  NULL, ESLURM_INVALID_GRES, "min_nodes=1 tasks=1" },
	{ "tres_per_job=gres:gpu:a100_80g:2 wait=1", NULL, ESLURM_INVALID_GRES,
	  "tres_per_job=gres:gpu:a100_80g:2" },
	{ "tres_per_job=gres:gpu:a100_80g:2 per_gpu=1 tasks=2 wait=1", NULL, ESLURM_INVALID_GRES,
	  "tasks=2" },
	/* salloc. */
	{ "tres_per_node=gres:gpu:a100:4", NULL, 0, "min_nodes=2" },
	{ "tres_per_node=gres:gpu:a100:4 tasks=1 typed=1", NULL, ESLURM_INVALID_GRES, "tasks=1" },
	/* No GPUs requested. */
	{ SCRIPT, NULL, 0, "tres_per_node=" GPU "a100_80g:4 mem_per_tres=" GPU "*" },
	{ SCRIPT "tres_per_node=nic:1", NULL, 0, "tres_per_node=nic:1,*gpu:a100_80g:4" },
	{ SCRIPT "shared=0", NULL, 0, "shared=0 tres_per_node=*" },
	/* 0 GPUs with --exclusive count as no request, and the steps get GPUs too. */
	{ SCRIPT "shared=0 tres_per_job=" GPU "0 env=A=b env=SLURM_GPUS=0", NULL, 0,
	  "env0=A=b env1=SLURM_GPUS_PER_NODE=*8" },
	{ SCRIPT "shared=0 tres_per_job=" GPU "0 component=0 env=SLURM_GPUS_HET_GROUP_0=0", NULL, 0,
	  "env0=SLURM_GPUS_PER_NODE_HET_GROUP_0=*" },
	/* Not changed. */
	{ SCRIPT "tres_per_node=gres:gpu:h100:8", NULL, 0, "tres_per_node=gres:gpu:h100:8" },
	{ SCRIPT "tres_per_socket=gres:gpu:a100:1", NULL, 0, "tres_per_socket=gres:gpu:a100:1" },
	{ SCRIPT "tres_per_node=gres:shard:1", NULL, 0, "tres_per_node=gres:shard:1" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 partition=strict", NULL, ESLURM_INVALID_GRES,
	  "tres_per_node=gres:gpu:a100:4" },
	{ SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 memory=8192 partition=strict",
	  "cpu", ESLURM_INVALID_TASK_MEMORY, "memory=8192" },
};

/* Another gres whose name begins with "gpu". */
START_TEST(test_gpumem)
{
	char per_node[] = "gres:gpumem:2", per_task[] = "gres/gpumem:1";
	struct unpacked unpacked;
	struct dsfit_job job;

	describe(&unpacked);
	unpacked.desc.tres_per_node = per_node;
	unpacked.desc.tres_per_task = per_task;
	dsfit_job_read(&unpacked.desc, &job);
	ck_assert_ptr_null(job.options.text[SLURM_GPUS_PER_NODE]);
	ck_assert_ptr_null(job.options.text[SLURM_GPUS_PER_TASK]);
	ck_assert_str_eq(job.options.text[SLURM_GRES], per_node);
	ck_assert_str_eq(job.options.text[SLURM_TRES_PER_TASK], per_task);
}
END_TEST

/* A CPU count alone says nothing of tasks. */
START_TEST(test_cpus)
{
	struct unpacked unpacked;
	struct dsfit_job job;

	describe(&unpacked);
	unpacked.desc.cpus_per_task = 6;
	unpacked.desc.ntasks_per_node = 2;
	unpacked.desc.ntasks_per_tres = 3;
	dsfit_job_read(&unpacked.desc, &job);
	ck_assert_str_eq(job.options.text[SLURM_CPUS_PER_TASK], "6");
	ck_assert_str_eq(job.options.text[SLURM_NTASKS_PER_NODE], "2");
	ck_assert_str_eq(job.options.text[SLURM_NTASKS_PER_GPU], "3");
	ck_assert_ptr_null(job.options.text[SLURM_NTASKS]);
}
END_TEST

/* --ntasks beside --ntasks-per-gpu, as clients of 22.05 send it. */
START_TEST(test_typed_tasks)
{
	static const struct {
		uint32_t tasks, min_cpus;
		uint16_t cpus_per_task;
		bool is_typed;
		const char *ntasks;
	} typed[] = {
		{ 4, 8, NO_VAL16, true, "8" },
		{ 8, 16, 2, true, "8" },
		{ 4, 16, 2, true, "8" },
		{ 4, 4, NO_VAL16, true, "4" },
		/* --overcommit counts fewer CPUs. */
		{ 8, 1, NO_VAL16, true, "8" },
		{ 4, NO_VAL, NO_VAL16, true, "4" },
		{ 4, 9, 2, true, "4" },
		{ 8, 1, NO_VAL16, false, NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(typed); i++) {
		struct unpacked unpacked;
		struct dsfit_job job;

		describe(&unpacked);
		unpacked.desc.ntasks_per_tres = 1;
		unpacked.desc.num_tasks = typed[i].tasks;
		unpacked.desc.min_cpus = typed[i].min_cpus;
		unpacked.desc.cpus_per_task = typed[i].cpus_per_task;
		unpacked.desc.bitflags = typed[i].is_typed ? JOB_NTASKS_SET : 0;
		dsfit_job_read(&unpacked.desc, &job);
		ck_assert_pstr_eq(job.options.text[SLURM_NTASKS], typed[i].ntasks);
		forget(&unpacked);
	}
}
END_TEST

/* slurmctld reads no script of more than 100 KiB. */
START_TEST(test_long_script)
{
	static char text[(100 << 10) + 2];
	const struct dsfit_slurm_options options = { .text = { NULL } };
	struct dsfit_job_script script;
	struct unpacked unpacked;

	describe(&unpacked);
	memset(text, '#', sizeof(text) - 1);
	memcpy(text, "torchrun x.py\n", strlen("torchrun x.py\n"));
	unpacked.desc.script = text;
	ck_assert(!dsfit_job_script(&unpacked.desc, &options, NULL, &script));
	text[100 << 10] = '\0';
	ck_assert(dsfit_job_script(&unpacked.desc, &options, NULL, &script));
	ck_assert_uint_eq(script.length, 100 << 10);
}
END_TEST

/* Whether the text matches a pattern with at most one star. */
static bool matches(const char *text, const char *pattern)
{
	const char *star = strchr(pattern, '*');
	size_t head = star ? (size_t)(star - pattern) : 0, length = strlen(text);

	if (!star)
		return !strcmp(text, pattern);
	return length >= strlen(pattern) - 1 && !strncmp(text, pattern, head) &&
	       !strcmp(text + length - strlen(star + 1), star + 1);
}

static void check_number(uint64_t have, const char *name, char operator, const char *value)
{
	uint64_t wanted = strtoull(value, NULL, 0);

	ck_assert_msg(operator == '>' ? have > wanted && have < wanted * 1000 : have == wanted,
		      "%s: %llu", name, (unsigned long long)have);
}

static void check(struct unpacked *job, char *word)
{
	job_desc_msg_t *d = &job->desc;
	char *value = strpbrk(word, "=>"), operator;

	operator = *value;
	*value++ = '\0';
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		if (!strcmp(strings[i].name, word)) {
			const char *have = *string_at(d, i);

			ck_assert_msg(have && matches(have, value), "%s: %s", word, have);
			return;
		}
	if (!strncmp(word, "env", 3))
		ck_assert_msg(matches(job->environment[atoi(word + 3)], value), "%s",
			      job->environment[atoi(word + 3)]);
	else if (!strcmp(word, "min_nodes"))
		check_number(d->min_nodes, word, operator, value);
	else if (!strcmp(word, "max_nodes"))
		check_number(d->max_nodes, word, operator, value);
	else if (!strcmp(word, "tasks"))
		check_number(d->num_tasks, word, operator, value);
	else if (!strcmp(word, "memory"))
		check_number(d->pn_min_memory, word, operator, value);
	else if (!strcmp(word, "memory_per_cpu"))
		check_number(d->pn_min_memory & ~MEM_PER_CPU, word, operator, value);
	else if (!strcmp(word, "scratch"))
		check_number(d->pn_min_tmp_disk, word, operator, value);
	else if (!strcmp(word, "shared"))
		check_number(d->shared, word, operator, value);
	else
		ck_abort_msg("no field %s", word);
}

START_TEST(test_rows)
{
	char line[512], *rest = line, *word, offload[64];
	struct unpacked job;
	int again;

	begin(demo());
	describe(&job);
	set_all(&job, rows[_i].from);
	pass(&job, OPTION "model=11B");
	pass(&job, OPTION "zero=3");
	if (rows[_i].offload) {
		snprintf(offload, sizeof(offload), OPTION "offload=%s", rows[_i].offload);
		pass(&job, offload);
	}
	submit(&job);
	ck_assert_msg(job.rc == rows[_i].rc, "%d: %s", job.rc, job.message);
	ck_assert_ptr_nonnull(job.message);
	unit_assert_begins(job.message, "dsfit: ");
	if (job.rc)
		unit_assert_begins(job.message, "dsfit: refused: ");
	snprintf(line, sizeof(line), "%s", rows[_i].to);
	while ((word = strsep(&rest, " ")))
		check(&job, word);
	/* A corrected job passes unchanged when it is submitted again. */
	if (!job.rc && strstr(job.message, "corrected: ")) {
		uint32_t nodes = job.desc.min_nodes;
		char *gpus = job.desc.tres_per_node ? strdup(job.desc.tres_per_node) : NULL;

		unit_assert_begins(job.desc.admin_comment, "dsfit: 11B, ZeRO-3");
		unit_assert_has(job.desc.admin_comment, ": fits; changed: ");
		slurm_xfree((void **)&job.message);
		again = job_submit(&job.desc, 12345, &job.message);
		ck_assert_int_eq(again, 0);
		ck_assert_msg(!strstr(job.message, "corrected: "), "%s", job.message);
		ck_assert_uint_eq(job.desc.min_nodes, nodes);
		ck_assert(!gpus || !strcmp(job.desc.tres_per_node, gpus));
		free(gpus);
	}
	forget(&job);
	ck_assert_int_eq(fini(), 0);
}
END_TEST

START_TEST(test_no_configuration)
{
	struct unpacked job;

	begin(unit_path("nowhere.conf"));
	unit_assert_has(last_log, "no configuration is in force: no job is sized");
	describe(&job);
	set_all(&job, "tres_per_node=gres:gpu:a100:4 partition=strict");
	pass(&job, OPTION "model=560B");
	submit(&job);
	ck_assert_int_eq(job.rc, 0);
	ck_assert_ptr_null(job.message);
	ck_assert_ptr_null(job.desc.admin_comment);
	forget(&job);
	fini();
}
END_TEST

/* If a client cannot pass options, the job's comment may hold them. The comment does not change. */
static const struct {
	const char *comment, *passed;
	const char *message;		/* its beginning, or NULL for silence */
} comments[] = {
	{ "--ds-model=11B,--ds-zero=3", NULL, "dsfit: corrected: " },
	{ "--ds-model=11B --ds-zero=3", NULL, "dsfit: corrected: " },
	{ "--ds-model=11B,--ds-zero=3 a night's work", NULL, "dsfit: corrected: " },
	{ "--ds-model=11B,--ds-parallel=tensor:2,pipeline:1,--ds-offload=optimizer:cpu,param:none", NULL,
	  "dsfit: fits: 11B" },
	{ "--ds-model=none", NULL, NULL },
	{ "--ds-model=13X", NULL, "dsfit: not sized: the job's declaration cannot be read: " },
	{ "", OPTION "model=dsfit1,zero=7",
	  "dsfit: not sized: the job's declaration cannot be read: --ds-model from the submit "
	  "host is wrong: zero=7: must be a whole number from 0 to 3" },
	{ "--ds-zero=3", NULL, "dsfit: not sized: " },
	{ "--ds-", NULL, NULL },
	{ "--ds---ds---ds-", NULL, NULL },
	{ "--ds-model", NULL, NULL },
	{ "a job with --ds-model=11B", NULL, NULL },
	/* Several --ds-set add up. */
	{ "--ds-model=11B,--ds-set=zero:0,--ds-zero=1,--ds-set=loss:plain,zero:3", NULL,
	  "dsfit: corrected: " },
	{ "--ds-model=350M,--ds-set=loss:wide,--ds-zero=1,--ds-set=loss:plain", NULL,
	  "dsfit: not sized: " },
	/* If options were passed, the comment does not count. */
	{ "--ds-model=560B", OPTION "model=350M", "dsfit: fits: 350M" },
	{ "--ds-model=560B", OPTION "model=none", NULL },
};

START_TEST(test_comments)
{
	struct unpacked job;

	begin(demo());
	describe(&job);
	set_all(&job, SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1");
	job.desc.comment = slurm_xstrdup(comments[_i].comment);
	if (comments[_i].passed)
		pass(&job, comments[_i].passed);
	submit(&job);
	ck_assert_int_eq(job.rc, 0);
	if (comments[_i].message) {
		ck_assert_ptr_nonnull(job.message);
		unit_assert_begins(job.message, comments[_i].message);
	} else {
		ck_assert_msg(!job.message, "%s", job.message);
	}
	ck_assert_str_eq(job.desc.comment, comments[_i].comment);
	slurm_xfree((void **)&job.desc.comment);
	forget(&job);
	fini();
}
END_TEST

static void copy_catalogue(const char *name)
{
	char command[1024];

	snprintf(command, sizeof(command), "cp '%s' '%s'", unit_conf(name), unit_folder);
	ck_assert_int_eq(system(command), 0);
}

static void copy_catalogues(void)
{
	copy_catalogue("gpus.conf");
	copy_catalogue("models.conf");
	copy_catalogue("families.conf");
	copy_catalogue("hub.conf");
}

/* --- scontrol update ------------------------------------------------------------------------ */

static int modify(job_desc_msg_t *desc, uint32_t uid, char **message)
{
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
	return job_modify(desc, NULL, uid, message);
#else
	(void)message;
	return job_modify(desc, NULL, uid);
#endif
}

#define REFUSES_MODIFY ESLURM_ACCESS_DENIED

/* Which updates are refused, at a site with this policy: those into a partition whose jobs must
 * declare their model, since nobody can tell what a job declared once it is submitted. */
static const struct {
	const char *policy, *fields;
	uint32_t uid;
	int rc;
} updates[] = {
	{ "", "partition=strict", 12345, REFUSES_MODIFY },
	{ "", "partition=gpu", 12345, SLURM_SUCCESS },
	{ "", "partition=nosuch", 12345, SLURM_SUCCESS },
	{ "", "partition=", 12345, SLURM_SUCCESS },
	{ "", "min_nodes=4 tres_per_node=gres:gpu:a100:4", 12345, SLURM_SUCCESS },
	/* One partition of a list is enough. */
	{ "", "partition=gpu,strict", 12345, REFUSES_MODIFY },
	/* root runs the cluster. */
	{ "", "partition=strict", 0, SLURM_SUCCESS },
	/* If undeclared jobs get a warning or are accepted, the update is accepted. */
	{ "undeclared = warn\n", "partition=gpu", 12345, SLURM_SUCCESS },
	{ "undeclared = reject\n", "partition=", 12345, SLURM_SUCCESS },
	{ "undeclared = reject\n", "min_nodes=4", 12345, SLURM_SUCCESS },
	{ "undeclared = reject\n", "partition=gpu", 12345, REFUSES_MODIFY },
	{ "undeclared = reject\nmode = advise\n", "partition=gpu", 12345, SLURM_SUCCESS },
	/* Exempt users; the account is the one that the update sets. */
	{ "exempt = {\"account:physics\"}\n", "partition=strict account=physics", 12345,
	  SLURM_SUCCESS },
	{ "exempt = {\"account:physics\"}\n", "partition=strict account=biology", 12345,
	  REFUSES_MODIFY },
	{ "exempt = {\"*\"}\n", "partition=strict", 12345, SLURM_SUCCESS },
	{ "exempt = {daemon}\n", "partition=strict", 1, SLURM_SUCCESS },
	{ "exempt = {daemon}\n", "partition=strict", 2, REFUSES_MODIFY },
	/* Slurm does not check the group that a client puts into an update. */
	{ "exempt = {\"@daemon\"}\n", "partition=strict group=1", 12345, REFUSES_MODIFY },
};

/* Whether a line of the policy sets this key. */
static bool gives(const char *policy, const char *key, size_t length)
{
	for (; *policy; policy += strcspn(policy, "\n") + 1)
		if (length && !strncmp(policy, key, length) && policy[length] == ' ')
			return true;
	return false;
}

/* A copy of the demo's configuration with these lines "KEY = VALUE" in its policy. */
static const char *site_with(const char *policy)
{
	char text[16384], all[20000];
	FILE *file = fopen(demo(), "r");
	size_t length;

	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	/* Remove the demo's own line of a key that is given: a key may occur once. */
	for (char *at = text; (at = strchr(at, '\n')); at++)
		if (gives(policy, at + 1, strcspn(at + 1, " \n")))
			at[1] = '#';
	snprintf(all, sizeof(all), "%s%s", policy, text);
	return unit_write("dsfit.conf", all);
}

START_TEST(test_update)
{
	struct unpacked job;

	copy_catalogues();
	begin(site_with(updates[_i].policy));
	unit_assert_has(last_log, " in force: ");
	describe(&job);
	set_all(&job, updates[_i].fields);
	ck_assert_int_eq(modify(&job.desc, updates[_i].uid, &job.message), updates[_i].rc);
	if (updates[_i].rc) {
		unit_assert_has(last_log, ": refused: jobs in partition ");
		ck_assert_uint_eq(strtoul(last_log + strlen("dsfit: uid="), NULL, 10),
				  updates[_i].uid);
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
		unit_assert_begins(job.message, "dsfit: refused: jobs in partition ");
		unit_assert_has(job.message, " must declare their model at submission\n");
		unit_assert_has(job.message, "\ndsfit:   cancel this job and submit it to that "
				"partition with --ds-model");
#endif
	} else {
		ck_assert_ptr_null(job.message);
	}
	forget(&job);
	fini();
}
END_TEST

/* Without a configuration nothing is refused. */
START_TEST(test_update_unconfigured)
{
	struct unpacked job;

	begin(unit_path("nowhere.conf"));
	describe(&job);
	set_all(&job, "partition=strict");
	ck_assert_int_eq(modify(&job.desc, 12345, &job.message), SLURM_SUCCESS);
	ck_assert_ptr_null(job.message);
	forget(&job);
	fini();
}
END_TEST

/* A correction that has no room in a field: the job is refused, and nobody reads of a correction. */
START_TEST(test_not_written)
{
	char gres[512] = "gres:gpu:a100:1";
	struct unpacked job;

	while (strlen(gres) + 20 < sizeof(gres))
		strcat(gres, ",gres:craynetwork:1");
	begin(demo());
	describe(&job);
	set_all(&job, SCRIPT "min_nodes=1 max_nodes=1");
	job.desc.tres_per_node = slurm_xstrdup(gres);
	pass(&job, OPTION "model=7B");
	pass(&job, OPTION "zero=3");
	submit(&job);
	ck_assert_int_eq(job.rc, ESLURM_REQUESTED_NODE_CONFIG_UNAVAILABLE);
	unit_assert_begins(job.message, "dsfit: not submitted: ");
	ck_assert_ptr_null(strstr(job.message, "corrected:"));
	unit_assert_has(last_log, ": not submitted: ");
	ck_assert_ptr_null(strstr(all_log, "corrected:"));
	ck_assert_str_eq(job.desc.tres_per_node, gres);
	ck_assert_ptr_null(job.desc.admin_comment);
	forget(&job);
	fini();
}
END_TEST

/* A message and an admin_comment of another plugin are kept. */
START_TEST(test_beside_others)
{
	struct unpacked job;

	begin(demo());
	describe(&job);
	set_all(&job, SCRIPT "tres_per_node=gres:gpu:h100:8 admin_comment=theirs");
	pass(&job, OPTION "model=11B");
	job.message = slurm_xstrdup("said by another");
	submit(&job);
	unit_assert_begins(job.message, "said by another\ndsfit: fits: ");
	unit_assert_begins(job.desc.admin_comment, "theirs; dsfit: 11B");
	forget(&job);
	fini();
}
END_TEST

/* One that another plugin has left empty has room for the record. */
START_TEST(test_empty_admin_comment)
{
	struct unpacked job;

	begin(demo());
	describe(&job);
	set_all(&job, SCRIPT "tres_per_node=gres:gpu:h100:8");
	job.desc.admin_comment = slurm_xstrdup("");
	pass(&job, OPTION "model=11B");
	submit(&job);
	unit_assert_begins(job.desc.admin_comment, "dsfit: 11B");
	forget(&job);
	fini();
}
END_TEST

/* --- changes, one by one --------------------------------------------------------------------- */

/* A change of each option of a description. `to` has fields after it; NULL if the change is refused
 * and nothing may differ. */
static const struct {
	const char *from;
	enum dsfit_slurm_option option;
	const char *value, *to;
} changes[] = {
	{ "min_nodes=1 max_nodes=1", SLURM_NODES, "2", "min_nodes=2 max_nodes=2" },
	{ "min_nodes=1 max_nodes=1", SLURM_NODES, "2-4", "min_nodes=2 max_nodes=4" },
	{ "min_nodes=1", SLURM_NODES, "0", NULL },
	{ "min_nodes=1", SLURM_NODES, "4294967295", NULL },
	{ "min_nodes=1", SLURM_NODES, "2-x", NULL },
	{ "min_nodes=1", SLURM_NODES, "222222222222222222222222222222222222222222222222222222222",
	  NULL },
	{ "tasks=2 env=SLURM_NTASKS=2 env=SLURM_NPROCS=2", SLURM_NTASKS, "8",
	  "tasks=8 env0=SLURM_NTASKS=8 env1=SLURM_NPROCS=8" },
	{ "tasks=2", SLURM_NTASKS, "0", NULL },
	{ "tres_per_job=gres:gpu:2", SLURM_GPUS, "a100:4", "tres_per_job=gres:gpu:a100:4" },
	{ "tres_per_job=gpu:2", SLURM_GPUS, "4", "tres_per_job=gpu:4" },
	{ "tres_per_job=gres/gpu:2", SLURM_GPUS, "4", "tres_per_job=gres/gpu:4" },
	{ "", SLURM_GPUS_PER_NODE, "h100:8", "tres_per_node=" GPU "h100:8" },
	{ "tres_per_node=gres:nic:1", SLURM_GPUS_PER_NODE, "8",
	  "tres_per_node=gres:nic:1,gres:gpu:8" },
	{ "tres_per_task=gres:gpu:1", SLURM_GPUS_PER_TASK, "2", "tres_per_task=gres:gpu:2" },
	{ "tres_per_node=gpu:1,nic:1", SLURM_GRES, "gpu:2,nic:1", "tres_per_node=gpu:2,nic:1" },
	{ "tres_per_task=cpu=4,gres/gpu=1 env=SLURM_TRES_PER_TASK=cpu=4,gres/gpu=1",
	  SLURM_TRES_PER_TASK, "cpu=4,gres/gpu:2",
	  "tres_per_task=cpu=4,gres/gpu:2 env0=SLURM_TRES_PER_TASK=cpu=4,gres/gpu:2" },
	{ "tres_bind=gres/gpu:per_task:1", SLURM_TRES_BIND, "gres/gpu:per_task:2",
	  "tres_bind=gres/gpu:per_task:2" },
	{ "memory=8192", SLURM_MEM, "12G", "memory=12288" },
	{ "memory=8192", SLURM_MEM, "0", "memory=0" },
	{ "memory=8192", SLURM_MEM, "99999999999999T", NULL },
	{ "memory_per_cpu=1024", SLURM_MEM_PER_CPU, "2G", "memory_per_cpu=2048" },
	{ "mem_per_tres=gres:gpu:8192 env=SLURM_MEM_PER_GPU=8192", SLURM_MEM_PER_GPU, "16G",
	  "mem_per_tres=gres:gpu:16384 env0=SLURM_MEM_PER_GPU=16384" },
	{ "features=net25", SLURM_CONSTRAINT, "net200&ib", "features=net200&ib" },
	{ "partition=gpu", SLURM_PARTITION, "preempt", "partition=preempt" },
	{ "scratch=1024", SLURM_TMP, "1T", "scratch=1048576" },
	{ "scratch=1024", SLURM_TMP, "99999T", NULL },
	/* Options that no correction sets do not change. */
	{ "partition=gpu", SLURM_EXCLUDE, "a100-0", "partition=gpu" },
};

START_TEST(test_change)
{
	struct dsfit_slurm_change change = { .option = changes[_i].option };
	const struct dsfit_request to = { .nodes_min = 1 };
	struct dsfit_error err = { "" };
	struct unpacked before, after;
	struct dsfit_job job;
	char line[512], *rest = line, *word;

	snprintf(change.value, sizeof(change.value), "%s", changes[_i].value);
	describe(&after);
	set_all(&after, changes[_i].from);
	before = after;
	dsfit_job_read(&after.desc, &job);
	ck_assert_int_eq(dsfit_job_apply(&after.desc, &job, &change, 1, &to, &err),
			 changes[_i].to ? 0 : -1);
	if (!changes[_i].to) {
		unit_assert_begins(err.text, "Slurm rejects the corrected --");
		unit_assert_has(err.text, changes[_i].value);
		ck_assert(!memcmp(&before, &after, sizeof(before)));
	} else {
		snprintf(line, sizeof(line), "%s", changes[_i].to);
		while ((word = strsep(&rest, " ")))
			check(&after, word);
	}
	forget(&after);
}
END_TEST

/* All or none: if the second of two changes is impossible, the first is not made. */
START_TEST(test_changes_together)
{
	struct dsfit_slurm_change list[] = {
		{ .option = SLURM_PARTITION, .value = "preempt" },
		{ .option = SLURM_GPUS_PER_TASK, .reset = true },
		{ .option = SLURM_NODES, .value = "0" },
	};
	const struct dsfit_request to = { .nodes_min = 2 };
	struct dsfit_error err = { "" };
	char gres[DSFIT_SLURM_FIELD_MAX + 2];
	struct unpacked unpacked;
	struct dsfit_job job;

	describe(&unpacked);
	set_all(&unpacked, "partition=gpu tres_per_task=gres:gpu:1");
	dsfit_job_read(&unpacked.desc, &job);
	ck_assert_int_eq(dsfit_job_apply(&unpacked.desc, &job, list, 3, &to, &err), -1);
	ck_assert_str_eq(unpacked.desc.partition, "gpu");
	/* A reset does not touch the field, because a change that sets it follows. */
	ck_assert_int_eq(dsfit_job_apply(&unpacked.desc, &job, list, 2, &to, &err), 0);
	ck_assert_str_eq(unpacked.desc.partition, "preempt");
	ck_assert_str_eq(unpacked.desc.tres_per_task, "gres:gpu:1");

	/* slurmctld has not yet checked the length of a list. */
	memset(gres, 'x', sizeof(gres));
	gres[sizeof(gres) - 1] = '\0';
	unpacked.desc.tres_per_node = slurm_xstrdup(gres);
	ck_assert_int_eq(dsfit_job_apply(&unpacked.desc, &job, list, 1, &to, &err), -1);
	unit_assert_has(err.text, "--gres");
	forget(&unpacked);
}
END_TEST

/* A task count that the client calculated is calculated again from the new numbers. */
START_TEST(test_derived_tasks)
{
	static const struct {
		struct dsfit_request to;
		uint32_t tasks;
	} counts[] = {
		{ { .nodes_min = 3, .tasks_per_node = 4 }, 12 },
		{ { .nodes_min = 3, .tasks_per_gpu = 2, .gpus = 4,
		    .scope = DSFIT_GPUS_PER_JOB }, 8 },
		{ { .nodes_min = 3, .tasks_per_gpu = 2, .gpus = 4,
		    .scope = DSFIT_GPUS_PER_NODE }, 24 },
		{ { .nodes_min = 3 }, 3 },
		{ { .nodes_min = UINT64_MAX, .tasks_per_node = 4 }, NO_VAL },
	};
	const struct dsfit_slurm_change change = { .option = SLURM_PARTITION, .value = "gpu" };
	const struct dsfit_job job = { .tasks_derived = true };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(counts); i++) {
		struct unpacked unpacked;

		describe(&unpacked);
		ck_assert_int_eq(dsfit_job_apply(&unpacked.desc, &job, &change, 1, &counts[i].to,
						 NULL), 0);
		ck_assert_uint_eq(unpacked.desc.num_tasks, counts[i].tasks);
		forget(&unpacked);
	}
}
END_TEST

/* --- policies --------------------------------------------------------------------------------- */

/* A job of 11B with ZeRO-3 at a site with this policy. `message` is how the message begins; NULL if
 * there is none. */
static const struct {
	const char *policy, *fields, *said;
	int rc;
	const char *message;
} policies[] = {
	{ "mode = off\n", "tres_per_node=gres:gpu:a100:4", NULL, 0, NULL },
	{ "mode = advise\n", "tres_per_node=gres:gpu:a100:4", NULL, 0, "dsfit: " },
	{ "mode = reject\n", "tres_per_node=gres:gpu:a100:4", NULL, ESLURM_INVALID_GRES,
	  "dsfit: refused: " },
	/* A message that the submit host gave is not repeated, but any other is given. */
	{ "", "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", "fits", 0, NULL },
	{ "", "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", "unknown", 0,
	  "dsfit: fits: 11B" },
	{ "", "tres_per_node=gres:shard:1", "unsized", 0, NULL },
	/* An inherited declaration adds no GPUs to a job that requests none. */
	{ "", "min_nodes=1", "inherited", 0, NULL },
	{ "undeclared = reject\nundeclared-from-gpus = 0\n", "min_nodes=1", "inherited",
	  ESLURM_ACCESS_DENIED, "dsfit: refused: " },
	/* --gres=none was typed, and is gone: forged, it leaves a job without GPUs without them, */
	{ "", "min_nodes=1", "no-gpus", 0, NULL },
	{ "mode = reject\nundeclared = reject\nundeclared-from-gpus = 0\n", "min_nodes=1", "no-gpus",
	  0, NULL },
	{ "", "tres_per_job=gres:gpu:0", "no-gpus", 0, NULL },
	/* and nothing else. */
	{ "mode = reject\n", "min_nodes=1 shared=0", "no-gpus", ESLURM_INVALID_GRES,
	  "dsfit: refused: " },
	{ "mode = reject\n", "tres_per_node=gres:gpu:a100:4", "no-gpus", ESLURM_INVALID_GRES,
	  "dsfit: refused: " },
	{ "mode = reject\n", "min_nodes=1", "no-gpus x", 0, NULL },
	{ "mode = reject\n", "min_nodes=1", "no-gpu", ESLURM_INVALID_GRES, "dsfit: refused: " },
	/* Limits of a QOS and of an account: nothing fits within these. */
	{ "qos \"few\" { max-gpus = 4 }\n", "tres_per_node=gres:gpu:a100:4", NULL, 0,
	  "dsfit: corrected: " },
	{ "qos \"few\" { max-gpus = 4 }\n", "tres_per_node=gres:gpu:a100:4 qos=few", NULL,
	  ESLURM_INVALID_GRES, "dsfit: refused: " },
	{ "qos \"few\" { default = true max-gpus = 4 }\n", "tres_per_node=gres:gpu:a100:4", NULL,
	  ESLURM_INVALID_GRES, "dsfit: refused: " },
	{ "association \"phys\" { max-nodes = 1 }\n",
	  "tres_per_node=gres:gpu:a100:4 account=phys", NULL, ESLURM_INVALID_GRES,
	  "dsfit: refused: " },
	/* The network is too slow: Slurm's error code is not about memory or GPUs. */
	{ "may-change = {}\n", "tres_per_node=gres:gpu:rtx4090:2 min_nodes=4 max_nodes=4", NULL,
	  -1, "dsfit: refused: " },
};

START_TEST(test_policy)
{
	struct unpacked job;
	char said[64];

	copy_catalogues();
	begin(site_with(policies[_i].policy));
	describe(&job);
	set_all(&job, SCRIPT);
	set_all(&job, policies[_i].fields);
	pass(&job, OPTION "model=11B");
	pass(&job, OPTION "zero=3");
	if (policies[_i].said) {
		snprintf(said, sizeof(said), "DSFIT_SAID=%s", policies[_i].said);
		pass(&job, said);
	}
	submit(&job);
	if (policies[_i].rc >= 0)
		ck_assert_msg(job.rc == policies[_i].rc, "%d: %s", job.rc, job.message);
	else
		ck_assert_int_ne(job.rc, SLURM_SUCCESS);
	if (policies[_i].message) {
		ck_assert_ptr_nonnull(job.message);
		unit_assert_begins(job.message, policies[_i].message);
	} else {
		ck_assert_msg(!job.message, "%s", job.message);
	}
	forget(&job);
	fini();
}
END_TEST

/* --- another plugin before this one ----------------------------------------------------------- */

/* The submit host has decided on a request of 11B with ZeRO-3, and slurmctld gets these fields. What
 * the job requests now is NULL if the user has read the figures; else the decision follows. */
static const struct {
	const char *typed, *fields;
	int rc;
	const char *now, *decision;
} changed_rows[] = {
	/* The same request, in words of slurmctld's. */
	{ "nodes=2 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", 0,
	  NULL, NULL },
	{ "nodes=2 gres=gpu:a100:4", "tres_per_node=gres/gpu:a100:4 min_nodes=2 max_nodes=2", 0,
	  NULL, NULL },
	{ "nodes=2-3 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=3",
	  0, NULL, NULL },
	{ "gpus=a100:8 mem=200G", "tres_per_job=gres:gpu:a100:8 memory=204800", 0, NULL, NULL },
	{ "nodes=2 gpus-per-node=a100:4 partition=preempt",
	  "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2 partition=preempt", 0, NULL, NULL },
	/* The submit host has corrected it. */
	{ "nodes=1 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", 0,
	  NULL, NULL },
	/* The user has read of no partition. */
	{ "nodes=2 gpus-per-node=a100:4",
	  "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2 partition=preempt", 0, NULL, NULL },
	/* Changed, and the verdict is the same. */
	{ "nodes=2 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=3 max_nodes=3", 0,
	  "-N 3 --gpus-per-node=a100:4", "fits: 11B" },
	{ "nodes=1 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=3 max_nodes=3", 0,
	  "-N 3 --gpus-per-node=a100:4", "fits: 11B" },
	{ "gpus=a100:8", "tres_per_job=gres:gpu:a100_80g:8", 0, "--gpus=a100_80g:8", "fits: 11B" },
	{ "gpus=a100:8 mem=200G", "tres_per_job=gres:gpu:a100:8 memory=102400", 0,
	  "--gpus=a100:8 --mem=100G", "fits: 11B" },
	{ "gpus=a100:8", "tres_per_job=gres:gpu:a100:8 scratch=102400", 0,
	  "--gpus=a100:8 --tmp=100G", "fits: 11B" },
	{ "gpus=a100:8 partition=gpu", "tres_per_job=gres:gpu:a100:8 partition=preempt", 0,
	  "-p preempt --gpus=a100:8", "fits: 11B" },
	{ "gpus=a100:8 partition=gpu", "tres_per_job=gres:gpu:a100:8", 0, "--gpus=a100:8",
	  "fits: 11B" },
	/* So that it does not fit any more. */
	{ "nodes=2 gpus-per-node=a100:4", "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1", 0,
	  "-N 1 --gpus-per-node=a100:4",
	  "corrected: -N 1 --gpus-per-node=a100:4 -> -N 2 --gpus-per-node=a100:4\n" },
	{ "nodes=2 gpus-per-node=a100:4",
	  "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1 partition=strict",
	  ESLURM_INVALID_GRES, "-p strict -N 1 --gpus-per-node=a100:4", "refused: 11B" },
	{ "gpus=a100:8", "min_nodes=2", 0, "no GPUs", "corrected: no GPUs requested -> " },
};

START_TEST(test_changed)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true };
	char said[DSFIT_SAID_MAX], entry[DSFIT_SAID_MAX + 16], text[512];
	struct dsfit_site *site = unit_site();
	struct dsfit_workload workload = train(site, "model=11B zero=3");
	struct dsfit_request request = ask(changed_rows[_i].typed, &sbatch);
	struct dsfit_decision d;
	struct dsfit_said told;
	struct unpacked job;

	dsfit_decide(site, &workload, &request, &gate, &d);
	told = dsfit_said_of(&d);
	dsfit_said_write(&told, said);
	dsfit_site_free(site);
	begin(demo());
	describe(&job);
	set_all(&job, SCRIPT "env=SLURM_GPUS_PER_NODE=a100:4");
	set_all(&job, changed_rows[_i].fields);
	pass(&job, OPTION "model=11B");
	pass(&job, OPTION "zero=3");
	snprintf(entry, sizeof(entry), DSFIT_SAID_NAME "=%s", said);
	pass(&job, entry);
	submit(&job);
	ck_assert_msg(job.rc == changed_rows[_i].rc, "%d: %s", job.rc, job.message);
	if (changed_rows[_i].now) {
		snprintf(text, sizeof(text), "dsfit: in slurmctld the job requests %s\ndsfit: %s",
			 changed_rows[_i].now, changed_rows[_i].decision);
		ck_assert_ptr_nonnull(job.message);
		unit_assert_begins(job.message, text);
	} else {
		ck_assert_msg(!job.message, "%s", job.message);
	}
	forget(&job);
	fini();
}
END_TEST

static const struct {
	const char *plugins, *warning;
} orders[] = {
	{ NULL, NULL },
	{ "dsfit", NULL },
	{ "lua,dsfit", NULL },
	{ "lua,job_submit/dsfit", NULL },
	{ "dsfit,lua", "dsfit: JobSubmitPlugins=dsfit,lua: dsfit must be last" },
	{ "dsfit,xdsfit", "dsfit: JobSubmitPlugins=dsfit,xdsfit: dsfit must be last" },
};

START_TEST(test_order)
{
	char list[64];

	snprintf(list, sizeof(list), "%s", orders[_i].plugins ? orders[_i].plugins : "");
	slurm_conf.job_submit_plugins = orders[_i].plugins ? list : NULL;
	begin(demo());
	fini();
	slurm_conf.job_submit_plugins = NULL;
	if (orders[_i].warning)
		unit_assert_has(all_log, orders[_i].warning);
	else
		ck_assert_ptr_null(strstr(all_log, "must be last"));
}
END_TEST

/* A declaration that cannot be used, at a site with this policy; `message` begins so, NULL for
 * silence; `record` is a part of what the job's record says, NULL for none. */
#define NOT_UNDERSTOOD "dsfit1,name=x,family=vit,not-understood=yes"

static const struct {
	const char *policy, *model, *other, *fields;
	int rc;
	const char *message, *record;
} unusable[] = {
	/* What is wrong counts as undeclared, where the mode is to refuse. */
	{ "", "13X", NULL, "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: the job's declaration cannot be read: --ds-model=13X: ", NULL },
	{ "undeclared = reject\n", "13X", NULL, "tres_per_job=gres:gpu:4", ESLURM_ACCESS_DENIED,
	  "dsfit: refused: the job's declaration cannot be read: ", NULL },
	{ "mode = advise\nundeclared = reject\n", "13X", NULL, "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: the job's declaration cannot be read: ", NULL },
	{ "mode = off\nundeclared = reject\n", "13X", NULL, "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: the job's declaration cannot be read: ", NULL },
	{ "undeclared = reject\nexempt = {\"*\"}\n", "13X", NULL, "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: the job's declaration cannot be read: ", NULL },
	/* --ds-fit is read all the same. */
	{ "undeclared = reject\nmay-override = {\"*\"}\n", "13X", OPTION "fit=advise",
	  "tres_per_job=gres:gpu:4", 0, "dsfit: not sized: ", NULL },
	{ "undeclared = reject\n", "13X", OPTION "fit=advise", "tres_per_job=gres:gpu:4",
	  ESLURM_ACCESS_DENIED, "dsfit: refused: ", NULL },
	/* The submit host has said so. */
	{ "mode = advise\nundeclared = reject\n", "13X", "DSFIT_SAID=unsized",
	  "tres_per_job=gres:gpu:4", 0, NULL, NULL },
	{ "mode = advise\nundeclared = warn\n", "none", "DSFIT_SAID=unsized",
	  "tres_per_job=gres:gpu:4", 0, NULL, NULL },
	/* Which silences no refusal. */
	{ "undeclared = reject\n", "none", "DSFIT_SAID=unsized", "tres_per_job=gres:gpu:4",
	  ESLURM_ACCESS_DENIED, "dsfit: refused: the job does not declare its model", NULL },
	{ "undeclared = reject\n", "none", "DSFIT_SAID=no-gpus", "tres_per_job=gres:gpu:4",
	  ESLURM_ACCESS_DENIED, "dsfit: refused: the job does not declare its model", NULL },
	/* What is not understood is declared, and passes everywhere. */
	{ "", NOT_UNDERSTOOD, NULL, "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: --ds-model=x: dsfit cannot size a model of type vit",
	  "dsfit: not sized: --ds-model=x: dsfit cannot size a model of type vit" },
	{ "", NOT_UNDERSTOOD, NULL, "tres_per_job=gres:gpu:4 partition=strict", 0,
	  "dsfit: not sized: ", "dsfit: not sized: " },
	{ "mode = off\n", NOT_UNDERSTOOD, NULL, "tres_per_job=gres:gpu:4", 0, "dsfit: not sized: ",
	  NULL },
	{ "", NOT_UNDERSTOOD, "DSFIT_SAID=unsized", "tres_per_job=gres:gpu:4", 0, NULL,
	  "dsfit: not sized: " },
	/* But a job that only inherits it, and asks for nothing, declares nothing. */
	{ "", NOT_UNDERSTOOD, "DSFIT_SAID=inherited", "min_nodes=1", 0, NULL, NULL },
	{ "", NOT_UNDERSTOOD, "DSFIT_SAID=inherited", "min_nodes=1 partition=strict",
	  ESLURM_ACCESS_DENIED, "dsfit: refused: the job does not declare its model", NULL },
	{ "", NOT_UNDERSTOOD, "DSFIT_SAID=inherited", "tres_per_job=gres:gpu:4", 0,
	  "dsfit: not sized: ", "dsfit: not sized: " },
};

START_TEST(test_unusable)
{
	struct unpacked job;
	char model[256];

	copy_catalogues();
	begin(site_with(unusable[_i].policy));
	describe(&job);
	set_all(&job, SCRIPT);
	set_all(&job, unusable[_i].fields);
	snprintf(model, sizeof(model), OPTION "model=%s", unusable[_i].model);
	pass(&job, model);
	if (unusable[_i].other)
		pass(&job, unusable[_i].other);
	submit(&job);
	ck_assert_msg(job.rc == unusable[_i].rc, "%d: %s", job.rc, job.message);
	if (unusable[_i].message) {
		ck_assert_ptr_nonnull(job.message);
		unit_assert_begins(job.message, unusable[_i].message);
	} else {
		ck_assert_msg(!job.message, "%s", job.message);
	}
	if (unusable[_i].record)
		unit_assert_begins(job.desc.admin_comment, unusable[_i].record);
	else
		ck_assert_ptr_null(job.desc.admin_comment);
	forget(&job);
	fini();
}
END_TEST

/* The site's own line ends every refusal: of a request, of a job that declares nothing, and, where
 * Slurm has room for a message, of an update. */
START_TEST(test_help)
{
	static const char help[] = "\ndsfit:   help: https://help.example/dsfit";
	static const char *const models[] = { OPTION "model=560B", OPTION "model=13X", NULL };
	struct unpacked job;
	const char *end;

	copy_catalogues();
	begin(site_with("help-url = \"https://help.example/dsfit\"\nundeclared = reject\n"));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(models); i++) {
		describe(&job);
		set_all(&job, SCRIPT "tres_per_node=gres:gpu:a100:4");
		if (models[i])
			pass(&job, models[i]);
		submit(&job);
		unit_assert_begins(job.message, "dsfit: refused: ");
		end = strstr(job.message, help);
		ck_assert_ptr_nonnull(end);
		ck_assert_str_eq(end, help);
		forget(&job);
	}
	describe(&job);
	set_all(&job, "partition=gpu");
	ck_assert_int_eq(modify(&job.desc, 12345, &job.message), ESLURM_ACCESS_DENIED);
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
	unit_assert_has(job.message, help);
#endif
	forget(&job);
	fini();
}
END_TEST

/* --- random descriptions ---------------------------------------------------------------- */

static const char *const pieces[] = {
	"gres:gpu:", "gres/gpu:", "gpu", ":", "=", ",", "a100", "h100", "4", "0", "99999999999999999999",
	"-1", "shard", "mps", "(S:0)", "strict", "gpu", "net200", "|", "&", "(", ")", "[", "*", "\x1b[31m",
	"\n", "\xff\xfe", "%s%n", " ", "dsfit1,", "name=x", "parameters=13000000000", "zero=3", "11B",
	"none", "/etc/passwd", "config.json", "NAN", "inf",
};

static const char *const names[] = {
	OPTION "model=", OPTION "model=", OPTION "zero=", OPTION "offload=", OPTION "config=",
	OPTION "batch=", OPTION "fit=", OPTION "goal=", OPTION "method=", OPTION "parallel=",
	OPTION "explain=", OPTION, "DSFIT_SAID=", "",
};

static char *random_string(uint64_t *state, const char *head)
{
	char text[4096];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s", head);
	uint64_t count = words_random(state, 5);

	/* Sometimes a very long text. */
	if (!words_random(state, 40))
		count = 300;
	for (; count && length < sizeof(text) - 64; count--)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s",
					   pieces[words_random(state, DSFIT_ARRAY_SIZE(pieces))]);
	return slurm_xstrdup(text);
}

static uint32_t random_number(uint64_t *state)
{
	static const uint32_t odd[] = { 0, 1, 2, 8, NO_VAL, INFINITE, NO_VAL16, 0x7fffffff, 1000000 };

	return odd[words_random(state, DSFIT_ARRAY_SIZE(odd))];
}

static void describe_randomly(uint64_t *state, struct unpacked *job)
{
	job_desc_msg_t *d = &job->desc;

	describe(job);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		if (!words_random(state, 3))
			*string_at(d, i) = random_string(state, "");
	for (uint64_t n = words_random(state, ENTRIES); n; n--)
		job->spank[d->spank_job_env_size++] =
			random_string(state, names[words_random(state, DSFIT_ARRAY_SIZE(names))]);
	for (uint64_t n = words_random(state, ENTRIES); n; n--)
		job->environment[d->env_size++] = random_string(state, "SLURM_GPUS_PER_NODE=");
	if (words_random(state, 2))
		d->min_nodes = random_number(state);
	if (words_random(state, 2))
		d->max_nodes = random_number(state);
	if (words_random(state, 2))
		d->num_tasks = random_number(state);
	if (!words_random(state, 3))
		d->pn_min_memory = random_number(state) | (words_random(state, 2) ? MEM_PER_CPU : 0);
	if (!words_random(state, 3))
		d->pn_min_tmp_disk = random_number(state);
	d->ntasks_per_node = (uint16_t)random_number(state);
	d->ntasks_per_tres = (uint16_t)random_number(state);
	d->cpus_per_task = (uint16_t)random_number(state);
	d->wait_all_nodes = (uint16_t)words_random(state, 2);
	d->het_job_offset = random_number(state);
	d->bitflags = words_random(state, 2) ? JOB_NTASKS_SET : 0;
}

START_TEST(test_hostile)
{
	uint64_t state = 0x9e3779b97f4a7c15 + (uint64_t)_i * 977;
	unsigned spoken = 0;

	begin(demo());
	for (int round = 0; round < 3000; round++) {
		struct unpacked job;

		describe_randomly(&state, &job);
		submit(&job);
		spoken += job.message != NULL;
		if (job.message)
			ck_assert_uint_lt(strlen(job.message), 20000);
		forget(&job);
	}
	/* Many of the jobs got as far as a message. */
	ck_assert_uint_gt(spoken, 300);
	fini();
}
END_TEST

/* --- scripts ------------------------------------------------------------------------------ */

#define TRAINS "#!/bin/sh\ndeepspeed run_clm.py --per_device_train_batch_size 4 --zero_stage 3 " \
	       "--model_name_or_path meta-llama/Llama-2-13b-hf --block_size 4096 --bf16\n"

static const struct {
	const char *script, *entry, *words;
	const char *told;		/* the beginning of the message; NULL: none */
} scripts[] = {
	{ TRAINS, NULL, "", "dsfit: script: meta-llama/Llama-2-13b-hf (line 2), ZeRO-3 (line 2), batch "
	  "4 x 4096 (line 2); checkpointing not seen, taken as on; optimizer not seen, taken as adamw\n"
	  "dsfit: does not fit: llama-2-13b, ZeRO-3, " },
	{ TRAINS, NULL, "component=0", "dsfit: script: meta-llama" },
	{ TRAINS, NULL, "component=1", NULL },
	/* The submit host has read it with its files, which tell of no training. */
	{ TRAINS, "DSFIT_SAID=read", "", NULL },
	{ TRAINS, OPTION "model=none", "", NULL },
	{ TRAINS, OPTION "model=350M", "", "dsfit: fits: 350M" },
	/* The user's variables count. */
	{ "deepspeed train.py --model_name_or_path $M --per_device_train_batch_size 1", NULL,
	  "env=M=gpt2", "dsfit: script: gpt2, batch 1 (line 1)" },
	{ "deepspeed train.py --model_name_or_path $M --per_device_train_batch_size 1", NULL, "",
	  "dsfit: script: batch 1 (line 1); the model is $M (line 1), which nothing sets here: "
	  "declare it with --ds-model to have the job sized" },
	/* One that a program starts which also does something else. */
	{ "python train.py --model_name_or_path $M --per_device_train_batch_size 1", NULL, "",
	  NULL },
	{ "torchrun train.py --model $M --zero_stage 3", NULL, "", NULL },
	{ "torchrun generate.py --model_name_or_path $M", NULL, "", NULL },
	{ "deepspeed train.py --model_name_or_path /no/such --zero_stage 3", NULL, "", NULL },
	{ "python generate.py --model_name_or_path meta-llama/Llama-2-13b-hf", NULL, "", NULL },
	{ "hostname", NULL, "", NULL },
	/* What is not read to its end is not read. */
	{ TRAINS "x=aaaaaaaaaaaaaaaa\nx=$x$x$x$x$x$x$x$x\nx=$x$x$x$x$x$x$x$x\nx=$x$x$x$x$x$x$x$x\n"
	  "x=$x$x$x$x$x$x$x$x\nx=$x$x$x$x$x$x$x$x\n", NULL, "", NULL },
};

START_TEST(test_scripts)
{
	struct unpacked job;

	begin(demo());
	describe(&job);
	job.desc.script = slurm_xstrdup(scripts[_i].script);
	job.desc.tres_per_node = slurm_xstrdup("gres:gpu:a100:4");
	job.desc.min_nodes = job.desc.max_nodes = 1;
	set_all(&job, scripts[_i].words);
	if (scripts[_i].entry)
		pass(&job, scripts[_i].entry);
	submit(&job);
	ck_assert_int_eq(job.rc, 0);
	if (scripts[_i].told)
		ck_assert_msg(job.message && !strncmp(job.message, scripts[_i].told,
						      strlen(scripts[_i].told)),
			      "told: %s", job.message);
	else
		ck_assert_msg(!job.message, "told: %s", job.message);
	ck_assert_int_eq(job.desc.admin_comment && strstr(job.desc.admin_comment, "inferred"),
			 scripts[_i].told && strstr(scripts[_i].told, "script:") &&
			 !strstr(scripts[_i].told, "nothing sets"));
	forget(&job);
	fini();
}
END_TEST

/* A client of its own may leave out an argument of the script. */
START_TEST(test_missing_argument)
{
	char name[] = "train.sh", model[] = "gpt2", *words[] = { name, NULL, model };
	struct unpacked job;

	begin(demo());
	describe(&job);
	job.desc.script = slurm_xstrdup("deepspeed train.py --model_name_or_path $2 "
					"--per_device_train_batch_size 1");
	job.desc.argv = words;
	job.desc.argc = DSFIT_ARRAY_SIZE(words);
	set_all(&job, "tres_per_node=gres:gpu:a100:4 min_nodes=1");
	submit(&job);
	ck_assert_int_eq(job.rc, 0);
	forget(&job);
	fini();
}
END_TEST

/* What a refusal says to put into the script: all that it tells, or what it lacks in capitals. */
static const struct {
	const char *script, *offload;	/* of what the submit host has read; NULL: nothing */
	const char *told;
} lines[] = {
	{ TRAINS, NULL, "\ndsfit:   put this line into the script, with what it trains:\n"
	  "dsfit:     #SBATCH --ds-model=meta-llama/Llama-2-13b-hf --ds-method=full --ds-zero=3 "
	  "--ds-batch=4 --ds-seq=4096 --ds-precision=bf16\n"
	  "dsfit:   declare it with --ds-model: a size such as 13B, a name, or a config.json" },
	{ "srun torchrun sft.py --per_device_train_batch_size 2 --learning_rate 1 --model_name_or_path "
	  "$1 --max_seq_length 512\n", NULL, "\ndsfit:     #SBATCH --ds-model=MODEL "
	  "--ds-method=full --ds-batch=2 --ds-seq=512 --ds-zero=STAGE\n" },
	{ "hostname", NULL, "\ndsfit:     #SBATCH --ds-model=MODEL --ds-zero=STAGE "
	  "--ds-batch=SAMPLES --ds-seq=TOKENS\n" },
	/* What the submit host has read in files counts too. */
	{ "deepspeed train.py --model_name_or_path ./here/llama --deepspeed ds.json --bf16 "
	  "--learning_rate 1", "optimizer:cpu",
	  "\ndsfit:   what a script says does not count here: put this line into the script:\n"
	  "dsfit:     #SBATCH --ds-model=./here/llama --ds-method=full --ds-precision=bf16 "
	  "--ds-zero=3 --ds-offload=optimizer:cpu" },
	{ "./run.sh", "none", "\ndsfit:     #SBATCH --ds-model=llama-2-7b --ds-zero=3" },
	{ NULL, NULL, "declare their model here\ndsfit:   declare it with --ds-model: a size" },
};

/* As the submit host passes on what it has found in a script. */
static void pass_inferred(struct unpacked *job, const char *offload)
{
	struct dsfit_declaration declaration = { .prefix = "--" };
	char line[sizeof(OPTION "model=") + DSFIT_PASSED_ON_MAX] = OPTION "model=";
	struct dsfit_workload workload;
	struct dsfit_error err;
	struct dsfit_site *site = dsfit_site_load(TEST_CONF "/dsfit.conf", &err);

	declaration.value[DSFIT_OPTION_MODEL] = "llama-2-7b";
	declaration.value[DSFIT_OPTION_ZERO] = "3";
	declaration.value[DSFIT_OPTION_OFFLOAD] = offload;
	ck_assert_int_eq(dsfit_declaration_resolve(&declaration, &site->models, &site->defaults,
						   &workload, &err), 0);
	workload.inferred = true;
	ck_assert_int_eq(dsfit_passed_on_write(&workload, line + strlen(line),
					       DSFIT_PASSED_ON_MAX), 0);
	pass(job, line);
	dsfit_site_free(site);
}

START_TEST(test_lines)
{
	struct unpacked job;

	copy_catalogues();
	copy_catalogue("launchers.conf");
	describe(&job);
	if (lines[_i].script)
		job.desc.script = slurm_xstrdup(lines[_i].script);
	job.desc.tres_per_node = slurm_xstrdup("gres:gpu:a100:4");
	/* It reads a configuration, which the plugin's thread may do later. */
	if (lines[_i].offload)
		pass_inferred(&job, lines[_i].offload);
	begin(site_with("undeclared = reject\n"));
	submit(&job);
	ck_assert_int_eq(job.rc, ESLURM_ACCESS_DENIED);
	ck_assert_msg(strstr(job.message, lines[_i].told) != NULL, "%s", job.message);
	forget(&job);
	fini();
}
END_TEST

static const char *const shell[] = {
	"$(", "`", "{ ", "}\n", "if ", "then\n", "fi\n", "for i in ", "do\n", "done\n", "<<E\n", "E\n",
	"'", "\"", "torchrun ", "deepspeed ", "train.py ", "--model_name_or_path ", "gpt2 ", "$((",
	"))", "${a:-", "}", "a=", "()", "\\\n", "|", ">f\n", "cat f ", "bash -c '", "srun ", "eval ",
	". f\n", "while true; do ", "f() { f; f; }; f\n", "[[ ", "case x in ", "esac\n", ";;",
	"a+=($a $a $a)\n", "b=$b$b$b\n", "\xff", " ", "\n", "--zero_stage 3 ", "seq 1 1000000 ",
	"(", ")", "&& ", "{1..1000000} ", "${a[@]}", "${b//b/bb}", "sed s/b/bb/g ", "#",
};

static char *random_script(uint64_t *state, size_t most)
{
	size_t length = 0, room = most + 64;
	char *text = malloc(room), *copy;
	/* Often the same few, so that they nest or grow. */
	uint64_t from = words_random(state, DSFIT_ARRAY_SIZE(shell));
	uint64_t some = words_random(state, 2) ? DSFIT_ARRAY_SIZE(shell) : 1 + words_random(state, 4);

	ck_assert_ptr_nonnull(text);
	length += (size_t)snprintf(text, room, "train\nb=b\n");
	while (length < most)
		length += (size_t)snprintf(text + length, room - length, "%s",
					   shell[(from + words_random(state, some)) %
						 DSFIT_ARRAY_SIZE(shell)]);
	copy = slurm_xstrdup(text);
	free(text);
	return copy;
}

/* In a thread like slurmctld's, which has a stack of 1 MB. Writes the longest time. */
static void *submit_scripts(void *worst)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (int round = 0; round < 400; round++) {
		struct timespec from, to;
		struct unpacked job;
		double time;

		describe(&job);
		job.desc.script = random_script(&state, round % 8 ? 2000 : 100000);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		submit(&job);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		time = (double)(to.tv_sec - from.tv_sec) * 1e6 +
		       (double)(to.tv_nsec - from.tv_nsec) / 1e3;
		*(double *)worst = time > *(double *)worst ? time : *(double *)worst;
		forget(&job);
	}
	return NULL;
}

START_TEST(test_hostile_scripts)
{
	pthread_attr_t attributes;
	double worst = 0;
	pthread_t thread;

	begin(demo());
	pthread_attr_init(&attributes);
	ck_assert_int_eq(pthread_attr_setstacksize(&attributes, 1 << 20), 0);
	ck_assert_int_eq(pthread_create(&thread, &attributes, submit_scripts, &worst), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	fini();
	printf("a hostile script: at most %.0f us\n", worst);
	/* Under sanitizers too: it ends. */
	ck_assert(worst < 2e6);
}
END_TEST

/* --- many at once --------------------------------------------------------------------- */

static atomic_bool stop;
static atomic_uint corrected, refused;

static void *submit_on(void *nothing)
{
	while (!stop) {
		struct unpacked job;

		describe(&job);
		set_all(&job, SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1");
		pass(&job, OPTION "model=11B");
		submit(&job);
		/* One of the two configurations decided, never half of each. */
		ck_assert(job.rc ? job.desc.min_nodes == 1 && strstr(job.message, "refused: ") :
				   job.desc.min_nodes == 2 && strstr(job.message, "corrected: "));
		if (job.rc)
			refused++;
		else
			corrected++;
		forget(&job);
	}
	return nothing;
}

static void write_conf(const char *mode)
{
	char text[16384], path[600];
	FILE *file = fopen(demo(), "r");
	size_t length;
	char *at;

	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	at = strstr(text, "\nmode = correct");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "\n#            ", 14);
	snprintf(path, sizeof(path), "%s/new", unit_folder);
	file = fopen(path, "w");
	fprintf(file, "%s\n%s", mode, text);
	fclose(file);
	ck_assert_int_eq(rename(path, unit_path("dsfit.conf")), 0);
}

static void wait_past(atomic_uint *count, unsigned before)
{
	for (int i = 0; i < 2000 && *count <= before; i++)
		usleep(10000);
	ck_assert_uint_gt(*count, before);
}

/* --- what is kept on disk --------------------------------------------------------------- */

/* slurmctld starts, and is gone again once it has kept what is in force. */
static void start_and_stop(const char *conf)
{
	begin(conf);
	fini();
}

/* A job that does not fit, in slurmctld as it is. */
static int submit_misfit(void)
{
	struct unpacked job;
	int rc;

	describe(&job);
	set_all(&job, "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1");
	pass(&job, OPTION "model=11B");
	pass(&job, OPTION "zero=3");
	submit(&job);
	rc = job.rc;
	forget(&job);
	return rc;
}

/* The folder of this test is StateSaveLocation, and nothing is kept yet; $F is what will be. */
static void keep_here(void)
{
	slurm_conf.state_save_location = unit_folder;
	setenv("F", unit_path("dsfit.last_good"), 1);
	ck_assert_int_eq(system("rm -rf $F*"), 0);
	copy_catalogues();
	all_log[0] = '\0';
}

/* The demo's site, which refuses, has been kept; then its file was broken. Returns its path. */
static const char *break_what_is_kept(void)
{
	const char *conf;

	keep_here();
	conf = site_with("mode = reject\n");
	start_and_stop(conf);
	unit_write("dsfit.conf", "mode = sometimes\n");
	unlink(unit_path("gpus.conf"));
	all_log[0] = '\0';
	return conf;
}

START_TEST(test_last_good)
{
	const char *conf = break_what_is_kept();
	struct stat status;
	unsigned before;

	ck_assert(!stat(unit_path("dsfit.last_good"), &status));
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	begin(conf);
	unit_assert_has(last_log, "dsfit.conf:1: mode = sometimes: ");
	unit_assert_has(last_log, "; correct that: the last good configuration is in force, which ");
	unit_assert_has(last_log, "/dsfit.last_good has kept");
	/* One line says it all. */
	ck_assert_ptr_eq(strchr(all_log, '\n'), all_log + strlen(all_log) - 1);
	ck_assert_int_ne(submit_misfit(), SLURM_SUCCESS);
	/* A file that is mended comes in force, and is kept. */
	copy_catalogues();
	before = in_force;
	site_with("mode = advise\n");
	wait_past(&in_force, before);
	ck_assert_int_eq(submit_misfit(), SLURM_SUCCESS);
	fini();
	unit_write("dsfit.conf", "mode = sometimes\n");
	begin(conf);
	unit_assert_has(last_log, "the last good configuration is in force");
	ck_assert_int_eq(submit_misfit(), SLURM_SUCCESS);
	fini();
}
END_TEST

/* What is kept, changed by the shell, and what slurmctld says of it: a part of a line, or none. */
static const struct {
	const char *change, *says;
} distrusted[] = {
	{ "chmod g+w $F", "must be writable by its owner alone" },
	{ "chmod o+w $F", "must be writable by its owner alone" },
	{ "chown 12345 $F", "must belong to root or to the user of slurmctld" },
	{ "mv $F $F.real; ln -s $F.real $F", "dsfit.last_good: " },
	{ "rm $F; mkfifo $F", "not a regular file" },
	{ "rm $F; mkdir $F", "not a regular file" },
	{ "truncate -s 1000 $F", "its end is missing" },
	{ "echo mode = reject >$F", "no files are kept in it" },
	{ "sed -i 's/^mode = reject/mode = rejecd/' $F", "dsfit.last_good: " },
	{ "sed -i 's/dsfit.conf$/other.conf/' $F", NULL },
	{ "rm $F", NULL },
};

START_TEST(test_distrusted)
{
	const char *conf = break_what_is_kept();

	if (strstr(distrusted[_i].change, "chown") && geteuid())
		return;
	ck_assert_int_eq(system(distrusted[_i].change), 0);
	begin(conf);
	unit_assert_has(last_log, "no configuration is in force: no job is sized");
	unit_assert_has(all_log, distrusted[_i].says ? distrusted[_i].says : "mode = sometimes");
	ck_assert_msg(distrusted[_i].says || !strstr(all_log, "last_good"), "%s", all_log);
	ck_assert_int_eq(submit_misfit(), SLURM_SUCCESS);
	fini();
}
END_TEST

/* A configuration of another system user's than root and slurmctld's. */
START_TEST(test_not_roots)
{
	const char *conf;

	if (geteuid())
		return;
	copy_catalogues();
	conf = site_with("");
	ck_assert_int_eq(chown(conf, 1, (gid_t)-1), 0);
	begin(conf);
	unlink(conf);
	unit_assert_has(last_log, "no configuration is in force: no job is sized");
	fini();
}
END_TEST

START_TEST(test_nowhere_to_keep)
{
	keep_here();
	ck_assert_int_eq(system("mkdir -p $F/full"), 0);
	start_and_stop(site_with("mode = reject\n"));
	unit_assert_has(all_log, "the configuration is not kept for the next start: ");
	/* No half of a file is left, either. */
	ck_assert_int_eq(system("test \"$(cd ${F%/*} && ls -d dsfit.last_good*)\" = "
				"dsfit.last_good"), 0);
	slurm_conf.state_save_location = NULL;
	all_log[0] = '\0';
	start_and_stop(site_with("mode = reject\n"));
	ck_assert_ptr_null(strstr(all_log, "kept"));
}
END_TEST

START_TEST(test_threads)
{
	pthread_t threads[4];
	unsigned before;

	copy_catalogues();
	write_conf("mode = correct");
	begin(unit_path("dsfit.conf"));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_on, NULL), 0);
	for (int round = 0; round < 2; round++) {
		before = in_force;
		write_conf("mode = reject");
		wait_past(&in_force, before);
		before = refused;
		wait_past(&refused, before);
		before = kept;
		write_conf("mode = nosuch");
		wait_past(&kept, before);
		before = in_force;
		write_conf("mode = correct");
		wait_past(&in_force, before);
		before = corrected;
		wait_past(&corrected, before);
	}
	stop = true;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	fini();
	/* Start again, as slurmctld may on a reconfiguration. */
	begin(demo());
	fini();
}
END_TEST

/* How often the system was asked for the user "daemon". */
static atomic_uint asked_for_daemon;

#pragma GCC visibility push(default)
int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
	       struct passwd **found)
{
	int (*real)(const char *, struct passwd *, char *, size_t, struct passwd **);
	void *symbol = dlsym(RTLD_NEXT, "getpwnam_r");

	asked_for_daemon += !strcmp(name, "daemon");
	memcpy(&real, &symbol, sizeof(real));
	return real(name, entry, buffer, size, found);
}
#pragma GCC visibility pop

/* The first load is followed by another a second later, because only it told which files there are.
 * Users are looked up again after a change of a file alone. */
START_TEST(test_users_found_once)
{
	unsigned before;

	copy_catalogues();
	write_conf("mode = correct\npartition \"other\" { exempt = {daemon} }");
	begin(unit_path("dsfit.conf"));
	ck_assert_uint_eq(asked_for_daemon, 1);
	usleep(2200000);
	ck_assert_uint_eq(asked_for_daemon, 1);
	before = in_force;
	write_conf("mode = reject\npartition \"other\" { exempt = {daemon} }");
	wait_past(&in_force, before);
	ck_assert_uint_ge(asked_for_daemon, 2);
	fini();
}
END_TEST

/* With too small a budget there is no search, and a message says so. */
START_TEST(test_controller_budget)
{
	static const struct {
		const char *conf;
		bool corrected;
	} budgets[] = {
		{ "mode = correct", true },
		{ "mode = correct controller-budget = 1", false },
		{ "mode = correct controller-budget = 100000", true },
	};

	copy_catalogue("gpus.conf");
	copy_catalogue("models.conf");
	copy_catalogue("families.conf");
	copy_catalogue("hub.conf");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(budgets); i++) {
		struct unpacked job;

		write_conf(budgets[i].conf);
		begin(unit_path("dsfit.conf"));
		describe(&job);
		set_all(&job, SCRIPT "tres_per_node=gres:gpu:a100:4");
		pass(&job, OPTION "model=11B");
		pass(&job, OPTION "zero=3");
		submit(&job);
		ck_assert_ptr_nonnull(job.message);
		ck_assert_int_eq(!job.rc, budgets[i].corrected);
		unit_assert_has(job.message, budgets[i].corrected ? "corrected: " :
				"not corrected: the search reached its limit");
		forget(&job);
		fini();
	}
}
END_TEST

/* --- how long it takes ------------------------------------------------------------------ */

static double microseconds(const char *words, const char *const *passed)
{
	struct timespec from, to;
	const int rounds = 200;
	double sum = 0;

	for (int i = 0; i < rounds; i++) {
		struct unpacked job;

		describe(&job);
		set_all(&job, words);
		for (const char *const *entry = passed; *entry; entry++)
			pass(&job, *entry);
		clock_gettime(CLOCK_MONOTONIC, &from);
		job.rc = job_submit(&job.desc, 12345, &job.message);
		clock_gettime(CLOCK_MONOTONIC, &to);
		sum += (double)(to.tv_sec - from.tv_sec) * 1e6 +
		       (double)(to.tv_nsec - from.tv_nsec) / 1e3;
		forget(&job);
	}
	return sum / rounds;
}

/* The times are printed for information. The limit is so generous that only a wrong order of
 * magnitude fails. */
START_TEST(test_time)
{
	const char *const nothing[] = { NULL };
	const char *const raw[] = { OPTION "model=11B", OPTION "zero=3", NULL };
	const char *const heard[] = { OPTION "model=11B", OPTION "zero=3", "DSFIT_SAID=fits", NULL };
	double undeclared, fits, corrects, read;

	begin(demo());
	read = microseconds("script=#!/bin/sh\ndeepspeed\trun_clm.py\t--bf16\t--zero_stage\t3\t"
			    "--model_name_or_path\tmeta-llama/Llama-2-13b-hf "
			    "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", nothing);
	undeclared = microseconds(SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2",
				  nothing);
	fits = microseconds(SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=2 max_nodes=2", heard);
	corrects = microseconds(SCRIPT "tres_per_node=gres:gpu:a100:4 min_nodes=1 max_nodes=1", raw);
	fini();
	printf("job_submit: undeclared %.1f us, fits %.1f us, corrected %.1f us, by its script %.1f "
	       "us\n", undeclared, fits, corrects, read);
	ck_assert(read < 20000 && undeclared < 1000 && fits < 5000 && corrects < 50000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("controller");
	TCase *tcase = unit_case(suite, "descriptions");

	tcase_add_loop_test(tcase, test_rows, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, test_comments, 0, DSFIT_ARRAY_SIZE(comments));
	tcase_add_test(tcase, test_gpumem);
	tcase_add_test(tcase, test_cpus);
	tcase_add_test(tcase, test_typed_tasks);
	tcase_add_test(tcase, test_long_script);
	tcase_add_test(tcase, test_beside_others);
	tcase_add_test(tcase, test_empty_admin_comment);
	tcase_add_loop_test(tcase, test_change, 0, DSFIT_ARRAY_SIZE(changes));
	tcase_add_test(tcase, test_changes_together);
	tcase_add_test(tcase, test_derived_tasks);
	tcase_add_loop_test(tcase, test_order, 0, DSFIT_ARRAY_SIZE(orders));
	tcase_add_loop_test(tcase, test_changed, 0, DSFIT_ARRAY_SIZE(changed_rows));
	tcase_add_test(tcase, test_time);
	tcase_add_loop_test(tcase, test_scripts, 0, DSFIT_ARRAY_SIZE(scripts));
	tcase_add_test(tcase, test_missing_argument);
	tcase_add_test(tcase, test_not_written);
	tcase = unit_case(suite, "hostile");
	tcase_add_loop_test(tcase, test_hostile, 0, 4);
	tcase_add_test(tcase, test_hostile_scripts);
	tcase = unit_folder_case(suite, "configuration");
	tcase_add_test(tcase, test_no_configuration);
	tcase_add_loop_test(tcase, test_update, 0, DSFIT_ARRAY_SIZE(updates));
	tcase_add_test(tcase, test_update_unconfigured);
	tcase_add_loop_test(tcase, test_policy, 0, DSFIT_ARRAY_SIZE(policies));
	tcase_add_test(tcase, test_last_good);
	tcase_add_loop_test(tcase, test_distrusted, 0, DSFIT_ARRAY_SIZE(distrusted));
	tcase_add_test(tcase, test_nowhere_to_keep);
	tcase_add_test(tcase, test_not_roots);
	tcase_add_loop_test(tcase, test_unusable, 0, DSFIT_ARRAY_SIZE(unusable));
	tcase_add_loop_test(tcase, test_lines, 0, DSFIT_ARRAY_SIZE(lines));
	tcase_add_test(tcase, test_help);
	tcase_add_test(tcase, test_controller_budget);
	tcase_add_test(tcase, test_users_found_once);
	tcase_add_test(unit_folder_case(suite, "threads"), test_threads);
	unit_conf_make();
	return unit_run(suite);
}
