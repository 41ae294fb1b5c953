/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client FIELD=VALUE... [-- ENTRY...]: a job by libslurm alone, as another client than Slurm's own
 * commands submits it: on hold, with the entries for its SPANK environment. An entry @N is one of
 * N letters. Prints the job's number and what slurmctld said; exit status 0, or the error's number
 * in stdout and 1.
 */
#include <errno.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
#define JOB_OF(answer) ((answer)->step_id.job_id)
#else
#define JOB_OF(answer) ((answer)->job_id)
#endif

static int set(job_desc_msg_t *desc, const char *field, char *value)
{
	const struct {
		const char *name;
		char **at;
	} texts[] = {
		{ "tres_per_job", &desc->tres_per_job }, { "tres_per_node", &desc->tres_per_node },
		{ "tres_per_task", &desc->tres_per_task }, { "features", &desc->features },
		{ "tres_per_socket", &desc->tres_per_socket }, { "partition", &desc->partition },
		{ "mem_per_tres", &desc->mem_per_tres }, { "admin_comment", &desc->admin_comment },
		{ "cpus_per_tres", &desc->cpus_per_tres }, { "account", &desc->account },
	};
	const struct {
		const char *name;
		uint32_t *at;
	} numbers[] = {
		{ "min_nodes", &desc->min_nodes }, { "max_nodes", &desc->max_nodes },
		{ "num_tasks", &desc->num_tasks }, { "pn_min_tmp_disk", &desc->pn_min_tmp_disk },
		{ "user_id", &desc->user_id }, { "group_id", &desc->group_id },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i].name, field)) {
			*texts[i].at = value;
			return 0;
		}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i].name, field)) {
			*numbers[i].at = (uint32_t)strtoul(value, NULL, 0);
			return 0;
		}
	if (!strcmp(field, "pn_min_memory")) {
		desc->pn_min_memory = strtoull(value, NULL, 0);
		return 0;
	}
	fprintf(stderr, "no field %s\n", field);
	return -1;
}

static char *entry_of(char *text)
{
	size_t length;
	char *letters;

	if (*text != '@')
		return text;
	length = strtoul(text + 1, NULL, 10);
	letters = malloc(length + 1);
	memset(letters, 'A', length);
	letters[length] = '\0';
	return letters;
}

int main(int argc, char **argv)
{
	static char path[] = "PATH=/usr/bin:/bin", *environment[] = { path, NULL };
	static char script[] = "#!/bin/sh\ntrue\n", name[] = "client", cwd[4096];
	submit_response_msg_t *answer = NULL;
	job_desc_msg_t desc;
	int i;

	slurm_init(NULL);
	slurm_init_job_desc_msg(&desc);
	desc.name = name;
	desc.script = script;
	desc.environment = environment;
	desc.env_size = 1;
	desc.work_dir = getcwd(cwd, sizeof(cwd));
	desc.user_id = getuid();
	desc.group_id = getgid();
	desc.priority = 0;
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return 2;
		*value++ = '\0';
		if (set(&desc, argv[i], value))
			return 2;
	}
	if (i < argc) {
		desc.spank_job_env = argv + i + 1;
		desc.spank_job_env_size = (uint32_t)(argc - i - 1);
	}
	for (uint32_t e = 0; e < desc.spank_job_env_size; e++)
		desc.spank_job_env[e] = entry_of(desc.spank_job_env[e]);
	if (slurm_submit_batch_job(&desc, &answer)) {
		printf("%d\n", errno);
		return 1;
	}
	printf("%u\n", JOB_OF(answer));
	if (answer->job_submit_user_msg)
		fprintf(stderr, "%s\n", answer->job_submit_user_msg);
	slurm_free_submit_response_response_msg(answer);
	return 0;
}
