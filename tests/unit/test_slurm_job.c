/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/slurm_job.c: a job from the records of slurmctld and slurmdbd. This file plays libslurm; a
 * real one is asked by tests/cluster/why.bats.
 */
#include "tests/unit/unit.h"

#include "cli/libslurm.h"
#include "core/base/array.h"

static int played_open(struct libslurm_jobs *out, struct dsfit_error *err);

/* A copy that stays until the process ends, as the command has them: a sanitizer is to know. */
static char *lasting_copy(const char *text)
{
	static char *copies[256];
	static size_t count;

	ck_assert_uint_lt(count, DSFIT_ARRAY_SIZE(copies));
	return copies[count++] = strdup(text);
}

#define libslurm_open_jobs played_open
#define strdup lasting_copy
#include "cli/slurm_job.c"
#undef strdup
#undef libslurm_open_jobs

/* --- libslurm ------------------------------------------------------------------------------- */

#define GPU_NUMBER 1002

static slurm_conf_t conf;
static slurm_job_info_t here[3];
static slurmdb_job_rec_t kept[3];
static slurmdb_step_rec_t steps[2];
static slurmdb_tres_rec_t tres[2];
static size_t here_count, kept_count, step_count;
static int load_error;			/* errno of slurm_load_job(); 0: none */
static bool no_database;

/* A list is the address of its elements. */
static struct played_list {
	const char *element;
	size_t size, count;
} lists[3], asked_for;

static void played_init(const char *path)
{
	(void)path;
}

static int played_conf(time_t since, slurm_conf_t **out)
{
	(void)since;
	*out = &conf;
	return 0;
}

static int played_load(job_info_msg_t **out, uint32_t id, uint16_t flags)
{
	static job_info_msg_t answer;

	(void)id;
	(void)flags;
	errno = load_error;
	answer.record_count = (uint32_t)here_count;
	answer.job_array = here;
	*out = &answer;
	return load_error ? -1 : 0;
}

static void played_stdout(char *out, int size, job_info_t *job)
{
	snprintf(out, (size_t)size, "/home/out-%u", job->job_id);
}

static const char *played_state(uint32_t state)
{
	return state == JOB_PENDING ? "PENDING" : state == JOB_RUNNING ? "RUNNING" :
	       state == JOB_COMPLETE ? "COMPLETED" : "FAILED";
}

static const char *played_reason(uint32_t reason)
{
	return reason ? "Resources" : "None";
}

static void *played_connection(uint16_t *flags)
{
	(void)flags;
	return no_database ? NULL : &conf;
}

static int played_close(void **connection)
{
	*connection = NULL;
	return 0;
}

static void *played_jobs(void *connection, slurmdb_job_cond_t *which)
{
	(void)connection;
	(void)which;
	lists[0] = (struct played_list){ (const char *)kept, sizeof(kept[0]), kept_count };
	return &lists[0];
}

static void *played_tres(void *connection, slurmdb_tres_cond_t *which)
{
	(void)connection;
	(void)which;
	lists[1] = (struct played_list){ (const char *)tres, sizeof(tres[0]),
					 DSFIT_ARRAY_SIZE(tres) };
	return &lists[1];
}

static void *played_list(void *free_element)
{
	(void)free_element;
	return &asked_for;
}

static void *played_append(void *list, void *element)
{
	(void)list;
	return element;
}

/* The iterator is a copy of the list, which it goes through. */
static void *played_iterator(void *list)
{
	struct played_list *at = malloc(sizeof(*at));

	*at = *(struct played_list *)list;
	return at;
}

static void *played_next(void *iterator)
{
	struct played_list *at = iterator;
	const char *element = at->element;

	if (!at->count)
		return NULL;
	at->count--;
	at->element += at->size;
	return (void *)(uintptr_t)element;
}

static void played_done(void *iterator)
{
	free(iterator);
}

static char *played_strerror(int error)
{
	return strerror(error);
}

static int played_open(struct libslurm_jobs *out, struct dsfit_error *err)
{
	(void)err;
	*out = (struct libslurm_jobs){
		.init = played_init, .load_ctl_conf = played_conf, .load_job = played_load,
		.get_job_stdout = played_stdout, .job_state_string = played_state,
		.job_reason_string = played_reason, .connection_close = played_close,
		.connection_get = played_connection, .strerror = played_strerror,
	};
	/* Lists have a type of Slurm's own, which differs between its releases. */
	out->jobs_get = (void *)played_jobs;
	out->tres_get = (void *)played_tres;
	out->list_create = (void *)played_list;
	out->list_append = (void *)played_append;
	out->list_iterator_create = (void *)played_iterator;
	out->list_next = (void *)played_next;
	out->list_iterator_destroy = (void *)played_done;
	return 0;
}

/* --- records -------------------------------------------------------------------------------- */

/* Each test sets what differs from these. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define EMPTY_HERE \
	.job_id = 12, .array_task_id = NO_VAL, .het_job_offset = NO_VAL, .time_limit = NO_VAL, \
	.derived_ec = NO_VAL, .exit_code = NO_VAL, .num_tasks = 1
#define EMPTY_KEPT \
	.jobid = 12, .array_task_id = NO_VAL, .het_job_id = NO_VAL, .het_job_offset = NO_VAL, \
	.timelimit = NO_VAL, .derived_ec = NO_VAL, .exitcode = (int32_t)NO_VAL

static char gpu_type[] = "gres", gpu_name[] = "gpu", cpu_type[] = "cpu";
static char slurmdbd[] = "accounting_storage/slurmdbd", none[] = "accounting_storage/none";

static void begin(bool accounting)
{
	memset(&conf, 0, sizeof(conf));
	conf.accounting_storage_type = accounting ? slurmdbd : none;
	conf.min_job_age = 300;
	tres[0] = (slurmdb_tres_rec_t){ .type = cpu_type, .id = 1 };
	tres[1] = (slurmdb_tres_rec_t){ .type = gpu_type, .name = gpu_name, .id = GPU_NUMBER };
	here_count = kept_count = step_count = 0;
	load_error = 0;
	no_database = false;
}

static struct slurm_job load(const char *what)
{
	struct slurm_job_id id = { .id = 12, .task = -1, .component = -1 };
	struct dsfit_error err = { "" };
	struct slurm_job job;

	if (strchr(what, '_'))
		id.task = atoi(strchr(what, '_') + 1);
	if (strchr(what, '+'))
		id.component = atoi(strchr(what, '+') + 1);
	ck_assert_msg(!slurm_job_load(&id, &job, &err), "%s: %s", what, err.text);
	return job;
}

static char full[] = "cpu=8,mem=100G,node=2,billing=8,gres/gpu=8,gres/gpu:a100=8";
static char per_node[] = "gres:gpu:a100:4", per_job[] = "gres:gpu:3,gres:nic:2";
static char per_task[] = "gres:gpu:2", two_nodes[] = "cpu=8,mem=4096,node=2", nothing[] = "";

/* What slurmctld says of a running job. */
START_TEST(test_here)
{
	struct slurm_job job;

	begin(false);
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_FAILED, .tres_alloc_str = full,
		.start_time = 1000, .end_time = 1090, .time_limit = 60, .user_id = 501,
		.exit_code = 3 << 8 | 9, .derived_ec = 5 << 8, .batch_flag = 1 };
	here_count = 1;
	job = load("12");
	ck_assert_uint_eq(job.id, 12);
	ck_assert_int_eq(job.task, -1);
	ck_assert_int_eq(job.component, -1);
	ck_assert_int_eq(job.seconds, 90);
	ck_assert_int_eq(job.limit_minutes, 60);
	ck_assert_int_eq(job.exit_code, 3);
	ck_assert_int_eq(job.signal, 9);
	ck_assert_int_eq(job.step_exit_code, 5);
	ck_assert_uint_eq(job.nodes, 2);
	ck_assert_uint_eq(job.gpus, 8);
	ck_assert_uint_eq(job.memory_per_node, UINT64_C(50) << 30);
	ck_assert_uint_eq(job.uid, 501);
	ck_assert_str_eq(job.output, "/home/out-12");
	ck_assert(job.known_here && !job.accounting && job.of == 1);

	/* It waits: nothing is allocated, and there is no limit, end or code. */
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_PENDING, .start_time = 1,
		.end_time = 99, .tres_alloc_str = nothing, .tres_req_str = two_nodes,
		.tres_per_node = per_node, .pn_min_memory = 2048 };
	job = load("12");
	ck_assert_int_eq(job.seconds, -1);
	ck_assert_int_eq(job.limit_minutes, -1);
	ck_assert_uint_eq(job.nodes, 2);
	ck_assert_uint_eq(job.memory_per_node, UINT64_C(2) << 30);
	ck_assert_uint_eq(job.gpus, 8);
	ck_assert(!job.exit_code && !job.signal && !job.step_exit_code);
	ck_assert_str_eq(job.output, "");
}
END_TEST

/* GPUs that were asked for, where no list of TRES has them. */
START_TEST(test_gpus)
{
	begin(false);
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_PENDING,
		.tres_req_str = two_nodes, .tres_per_job = per_job, .tres_per_node = per_node };
	here_count = 1;
	ck_assert_uint_eq(load("12").gpus, 3);
	here[0].tres_per_job = here[0].tres_per_node = NULL;
	here[0].tres_per_task = per_task;
	here[0].num_tasks = 5;
	ck_assert_uint_eq(load("12").gpus, 10);
	here[0].time_limit = INFINITE;
	ck_assert_int_eq(load("12").limit_minutes, -1);
}
END_TEST

/* An update of a waiting job leaves the memory and the GPUs in its list of TRES as they were. */
START_TEST(test_updated)
{
	static char stale[] = "cpu=1,mem=1500G,node=1,gres/gpu=12";
	struct slurm_job job;

	begin(false);
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_PENDING,
		.tres_req_str = stale, .tres_per_node = per_node };
	here_count = 1;
	job = load("12");
	ck_assert_uint_eq(job.nodes, 1);
	ck_assert_uint_eq(job.gpus, 4);
	ck_assert_uint_eq(job.memory_per_node, 0);
	ck_assert_str_eq(job.gpus_asked, per_node);
	here[0].pn_min_memory = 100;
	ck_assert_uint_eq(load("12").memory_per_node, 100 * DSFIT_MIB);
	/* Per CPU, the list is all that there is. When the job runs, it is not stale. */
	here[0].pn_min_memory = 100 | MEM_PER_CPU;
	ck_assert_uint_eq(load("12").memory_per_node, 1500 * DSFIT_GIB);
	here[0].pn_min_memory = 0;
	here[0].job_state = JOB_RUNNING;
	ck_assert_uint_eq(load("12").memory_per_node, 1500 * DSFIT_GIB);
}
END_TEST

/* Tasks of an array and components of a het job have the number of the whole. */
START_TEST(test_parts)
{
	begin(false);
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_COMPLETE, .array_job_id = 12 };
	here[1] = here[2] = here[0];
	here[1].job_id = 13;
	here[1].array_task_id = 7;
	here[1].job_state = JOB_FAILED;
	here[2].job_id = 14;
	here[2].array_task_id = 8;
	here_count = 3;
	ck_assert_int_eq(load("12").task, 7);
	ck_assert_uint_eq(load("12").of, 3);
	ck_assert_int_eq(load("12_8").task, 8);
	ck_assert_uint_eq(load("12_8").id, 12);
	ck_assert_uint_eq(load("12_8").of, 1);
	/* A task that waits has no record of its own. */
	here[0].job_state = JOB_PENDING;
	ck_assert_int_eq(load("12_9").task, -1);
	ck_assert_int_eq(load("12_7").task, 7);

	for (unsigned i = 0; i < 2; i++)
		here[i] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_COMPLETE,
			.het_job_id = 12, .job_id = 12 + i, .het_job_offset = i };
	here_count = 2;
	ck_assert_int_eq(load("12+1").component, 1);
	ck_assert_uint_eq(load("12+1").id, 12);
	ck_assert_int_eq(load("12").component, 0);
	/* Neither the offset alone makes a component, nor the number alone. */
	here_count = 1;
	here[0].het_job_id = 0;
	ck_assert_int_eq(load("12").component, -1);
	here[0].het_job_id = 12;
	here[0].het_job_offset = NO_VAL;
	ck_assert_int_eq(load("12").component, -1);
}
END_TEST

static char step_memory[] = "1=5,2=1000,4=1", step_more[] = "2=3000";
static char kept_tres[] = "1=8,2=8192,4=2,1002=6", line[] = "sbatch\n-N2 train.sh";
static char assigned[] = "None assigned";

/* What slurmdbd says of it, alone and beside slurmctld. */
START_TEST(test_kept)
{
	struct slurm_job job;

	begin(true);
	kept[0] = (slurmdb_job_rec_t){ EMPTY_KEPT, .state = JOB_FAILED, .tres_req_str = kept_tres,
		.start = 1000, .end = 1030, .timelimit = 5, .submit_line = line,
		.nodes = assigned, .uid = 502 };
	kept_count = 1;
	load_error = ESLURM_INVALID_JOB_ID;
	steps[0] = (slurmdb_step_rec_t){ .state = JOB_OOM };
	steps[0].stats.tres_usage_in_max = step_more;
	steps[1] = (slurmdb_step_rec_t){ .state = JOB_COMPLETE };
	steps[1].stats.tres_usage_in_max = step_memory;
	lists[2] = (struct played_list){ (const char *)steps, sizeof(steps[0]), 2 };
	kept[0].steps = (__typeof__(kept[0].steps))(void *)&lists[2];
	job = load("12");
	ck_assert(!job.known_here && job.accounting && job.step_out_of_memory);
	ck_assert_int_eq(job.seconds, 30);
	ck_assert_int_eq(job.limit_minutes, 5);
	ck_assert_uint_eq(job.nodes, 2);
	ck_assert_uint_eq(job.gpus, 6);
	ck_assert_uint_eq(job.memory_per_node, UINT64_C(4) << 30);
	ck_assert_uint_eq(job.max_rss, 3000);
	ck_assert_uint_eq(job.uid, 502);
	ck_assert_int_eq(job.task, -1);
	ck_assert_int_eq(job.component, -1);
	ck_assert_str_eq(job.submit_line, "sbatch?-N2 train.sh");
	ck_assert_str_eq(job.node_list, "");

	/* A component, and a task of an array. */
	kept[0].het_job_id = 12;
	kept[0].het_job_offset = 1;
	kept[0].jobid = 13;
	ck_assert_int_eq(load("12").component, 1);
	ck_assert_uint_eq(load("12").id, 12);
	kept[0].het_job_id = NO_VAL;
	ck_assert_int_eq(load("12").component, -1);
	kept[0].array_job_id = 12;
	kept[0].array_task_id = 4;
	ck_assert_int_eq(load("12_4").task, 4);

	/* slurmctld's record counts, with what it lacks. */
	load_error = 0;
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_RUNNING, .start_time = 1 };
	here_count = 1;
	kept[0].array_job_id = 0;
	job = load("12");
	ck_assert(job.known_here && job.seconds > 1000 && job.step_out_of_memory);
	ck_assert_uint_eq(job.max_rss, 3000);
	ck_assert_str_eq(job.submit_line, "sbatch?-N2 train.sh");
}
END_TEST

/* Nobody knows it, or somebody does not answer. */
START_TEST(test_unknown)
{
	struct slurm_job_id id = { .id = 12, .task = -1, .component = -1 };
	struct slurm_job job;
	struct dsfit_error err;

	begin(false);
	load_error = ESLURM_INVALID_JOB_ID;
	ck_assert_int_eq(slurm_job_load(&id, &job, &err), -1);
	unit_assert_has(err.text, "300 seconds after its end");
	begin(true);
	ck_assert_int_eq(slurm_job_load(&id, &job, &err), -1);
	unit_assert_has(err.text, "a job that was refused at submission has no number");
	no_database = true;
	ck_assert_int_eq(slurm_job_load(&id, &job, &err), -1);
	unit_assert_has(err.text, "slurmctld knows no job 12, and slurmdbd does not answer");
	load_error = EPERM;
	ck_assert_int_eq(slurm_job_load(&id, &job, &err), -1);
	unit_assert_has(err.text, "cannot ask Slurm: ");
	/* What slurmctld has is enough. */
	load_error = 0;
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_RUNNING };
	here_count = 1;
	ck_assert_int_eq(slurm_job_load(&id, &job, &err), 0);
}
END_TEST

static const struct {
	char list[80];
	uint64_t nodes, gpus, memory_per_node;
} amounts[] = {
	{ "cpu=4,mem=100G,node=2,billing=4,gres/gpu=8", 2, 8, 50 * DSFIT_GIB },
	{ "cpu=4,mem=512,node=1", 1, 0, 512 * DSFIT_MIB },
	{ "mem=1.5T,node=1", 1, 0, 1536 * DSFIT_GIB },
	{ "cpu=4,node=1,gres/gpu:a100=4,gres/gpu=4", 1, 4, 0 },
	/* Not the memory of the node. */
	{ "cpu=4,node=1,billing=4,gres/gpu=1,gres/gpumem=80G", 1, 1, 0 },
	{ "gres/gpumem=80G,mem=10G,node=1", 1, 0, 10 * DSFIT_GIB },
	{ "", 0, 0, 0 },
};

/* Lists of TRES. */
START_TEST(test_amounts)
{
	char list[80];
	struct slurm_job job;

	memcpy(list, amounts[_i].list, sizeof(list));
	begin(false);
	here[0] = (slurm_job_info_t){ EMPTY_HERE, .job_state = JOB_RUNNING, .tres_req_str = list };
	here_count = 1;
	job = load("12");
	ck_assert_uint_eq(job.nodes, amounts[_i].nodes);
	ck_assert_uint_eq(job.gpus, amounts[_i].gpus);
	ck_assert_uint_eq(job.memory_per_node, amounts[_i].memory_per_node);
}
END_TEST

/* Which record is meant. */
START_TEST(test_choose)
{
	struct slurm_job jobs[] = {
		{ .task = -1, .component = -1, .state = "PENDING" },
		{ .task = 1, .component = -1, .state = "COMPLETED" },
		{ .task = 2, .component = -1, .state = "FAILED" },
		{ .task = 3, .component = -1, .state = "TIMEOUT" },
	};
	const struct records all = { jobs, DSFIT_ARRAY_SIZE(jobs) };
	struct slurm_job_id id = { .id = 12, .task = -1, .component = -1 };

	ck_assert_ptr_eq(choose(&all, &id), &jobs[2]);
	id.task = 1;
	ck_assert_ptr_eq(choose(&all, &id), &jobs[1]);
	/* It waits, with others, in a record of theirs. */
	id.task = 9;
	ck_assert_ptr_eq(choose(&all, &id), &jobs[0]);
	id.task = -1;
	id.component = 0;
	ck_assert_ptr_null(choose(&all, &id));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slurm job");
	TCase *tcase = unit_case(suite, "records");

	tcase_add_test(tcase, test_here);
	tcase_add_test(tcase, test_gpus);
	tcase_add_test(tcase, test_updated);
	tcase_add_loop_test(tcase, test_amounts, 0, DSFIT_ARRAY_SIZE(amounts));
	tcase_add_test(tcase, test_choose);
	tcase_add_test(tcase, test_parts);
	tcase_add_test(tcase, test_kept);
	tcase_add_test(tcase, test_unknown);
	return unit_run(suite);
}
