/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Job descriptions that any client may forge, as slurmctld's plugin gets them, for libFuzzer: see
 * scripts/fuzz. FIELD=VALUE a line; a script is the rest of the data. This file plays slurmctld. A
 * job that passes is left alone when it is submitted again.
 */
#include "tests/fuzz/fuzz.h"

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <slurm/spank.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/base/array.h"
#include "core/base/text.h"

int init(void);
int job_submit(job_desc_msg_t *desc, uint32_t uid, char **message);

/* --- slurmctld ----------------------------------------------------------------------------- */

slurm_conf_t slurm_conf;

/* Its allocator's blocks are not malloc()'s. */
#define HEAD 16

char *slurm_xstrdup(const char *text)
{
	char *block = text ? malloc(HEAD + strlen(text) + 1) : NULL;

	if (!block)
		return NULL;
	memset(block, 0x5d, HEAD);
	return strcpy(block + HEAD, text);
}

void slurm_xfree(void **text)
{
	if (!*text)
		return;
	for (int i = 1; i <= HEAD; i++)
		fuzz_assert(((char *)*text)[-i] == 0x5d);
	free((char *)*text - HEAD);
	*text = NULL;
}

/* What goes to the log is one line that can be printed. */
static void take_log(const char *format, va_list args)
{
	char *line = NULL;

	fuzz_assert(vasprintf(&line, format, args) >= 0);
	fuzz_assert(dsfit_is_printable(line));
	free(line);
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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("DSFIT_CONF", CONF "/dsfit.conf", 1);
	return init();
}

/* --- jobs ----------------------------------------------------------------------------------- */

#define ENTRIES 12

struct job {
	job_desc_msg_t desc;
	char *spank[ENTRIES], *environment[ENTRIES], *argv[ENTRIES + 1];
	char *message;
};

static const struct {
	const char *name;
	size_t offset;
} strings[] = {
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
	{ "exc_nodes", offsetof(job_desc_msg_t, exc_nodes) },
	{ "reservation", offsetof(job_desc_msg_t, reservation) },
	{ "account", offsetof(job_desc_msg_t, account) },
	{ "array", offsetof(job_desc_msg_t, array_inx) },
	{ "name", offsetof(job_desc_msg_t, name) },
	{ "work_dir", offsetof(job_desc_msg_t, work_dir) },
	{ "script", offsetof(job_desc_msg_t, script) },
	{ "admin_comment", offsetof(job_desc_msg_t, admin_comment) },
};

static const struct {
	const char *name;
	size_t offset, size;
} numbers[] = {
#define NUMBER(name, field) \
	{ name, offsetof(job_desc_msg_t, field), sizeof(((job_desc_msg_t *)0)->field) }
	NUMBER("min_nodes", min_nodes), NUMBER("max_nodes", max_nodes),
	NUMBER("tasks", num_tasks), NUMBER("per_node", ntasks_per_node),
	NUMBER("per_gpu", ntasks_per_tres), NUMBER("cpus", cpus_per_task),
	NUMBER("memory", pn_min_memory), NUMBER("scratch", pn_min_tmp_disk),
	NUMBER("shared", shared), NUMBER("wait", wait_all_nodes),
	NUMBER("component", het_job_offset), NUMBER("flags", bitflags),
	NUMBER("user", user_id), NUMBER("group", group_id),
#undef NUMBER
};

static char **string_at(job_desc_msg_t *desc, size_t i)
{
	return (char **)((char *)desc + strings[i].offset);
}

/* What slurm_init_job_desc_msg() sets, as far as the plugin reads it. */
static void describe(struct job *job)
{
	job_desc_msg_t *d = &job->desc;

	memset(job, 0, sizeof(*job));
	d->cpus_per_task = d->ntasks_per_node = d->ntasks_per_tres = NO_VAL16;
	d->shared = d->wait_all_nodes = NO_VAL16;
	d->min_nodes = d->max_nodes = d->num_tasks = d->pn_min_tmp_disk = NO_VAL;
	d->het_job_offset = NO_VAL;
	d->pn_min_memory = NO_VAL64;
	d->user_id = d->group_id = 12345;
	d->spank_job_env = job->spank;
	d->environment = job->environment;
	d->argv = job->argv;
}

/* "" stands for an entry that the client left out, which Slurm unpacks as NULL. */
static void put(char **entries, uint32_t *count, const char *value)
{
	if (*count < ENTRIES)
		entries[(*count)++] = *value ? slurm_xstrdup(value) : NULL;
}

static void set(struct job *job, const char *name, const char *value)
{
	unsigned long long number = strtoull(value, NULL, 0);
	job_desc_msg_t *d = &job->desc;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		if (!strcmp(strings[i].name, name)) {
			slurm_xfree((void **)string_at(d, i));
			*string_at(d, i) = slurm_xstrdup(value);
		}
	/* Little-endian, as everything that libFuzzer runs on. */
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(numbers); i++)
		if (!strcmp(numbers[i].name, name))
			memcpy((char *)d + numbers[i].offset, &number, numbers[i].size);
	if (!strcmp(name, "spank"))
		put(job->spank, &d->spank_job_env_size, value);
	else if (!strcmp(name, "env"))
		put(job->environment, &d->env_size, value);
	else if (!strcmp(name, "argv"))
		put(job->argv, &d->argc, value);
}

static void read_job(struct job *job, char *text)
{
	while (text) {
		char *name = text, *value = strpbrk(name, "=\n");

		text = strncmp(name, "script=", 7) ? strchr(name, '\n') : NULL;
		if (text)
			*text++ = '\0';
		if (value && *value == '=') {
			*value++ = '\0';
			set(job, name, value);
		}
	}
}

static void forget(struct job *job)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		slurm_xfree((void **)string_at(&job->desc, i));
	for (size_t i = 0; i < ENTRIES; i++) {
		slurm_xfree((void **)&job->spank[i]);
		slurm_xfree((void **)&job->environment[i]);
		slurm_xfree((void **)&job->argv[i]);
	}
	slurm_xfree((void **)&job->message);
}

/* --- submitting ------------------------------------------------------------------------------- */

static int submit(struct job *job)
{
	int rc;

	slurm_xfree((void **)&job->message);
	rc = job_submit(&job->desc, job->desc.user_id, &job->message);
	for (const char *c = job->message; c && *c; c++)
		fuzz_assert(*c == '\n' || (*c >= ' ' && *c < 0x7f));
	fuzz_assert(!rc || job->message);
	return rc;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The description after a second submission is as after the first. */
static void submit_again(struct job *job)
{
	char *before[DSFIT_ARRAY_SIZE(strings)];
	job_desc_msg_t was = job->desc;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++)
		before[i] = slurm_xstrdup(*string_at(&job->desc, i));
	if (submit(job))
		fprintf(stderr, "%s\n", job->message), abort();
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(numbers); i++)
		fuzz_assert(!memcmp((char *)&was + numbers[i].offset,
				    (char *)&job->desc + numbers[i].offset, numbers[i].size));
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(strings); i++) {
		if (strcmp(strings[i].name, "admin_comment") &&
		    !same_text(before[i], *string_at(&job->desc, i)))
			fprintf(stderr, "%s: %s, now %s\n%s", strings[i].name, before[i],
				*string_at(&job->desc, i), job->message), abort();
		slurm_xfree((void **)&before[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct job job;

	describe(&job);
	read_job(&job, text);
	if (!submit(&job))
		submit_again(&job);
	forget(&job);
	free(text);
	return 0;
}
