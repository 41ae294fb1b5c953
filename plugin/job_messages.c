/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/job_messages.h"

#include <slurm/spank.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/text.h"
#include "plugin/job_desc.h"

/* slurmctld's own allocator ends slurmctld rather than give nothing. */
void dsfit_job_tell_line(char **message, const char *line)
{
	char both[4096];

	snprintf(both, sizeof(both), "%s%sdsfit: %s", *message ? *message : "",
		 *message ? "\n" : "", line);
	dsfit_slurm_string(message, both);
}

void dsfit_job_tell(char **message, char *text)
{
	struct dsfit_text told;
	char *rest = text, *line, *all = NULL;
	FILE *out = text ? dsfit_text_begin(&told) : NULL;
	size_t size;

	if (out && *message)
		fprintf(out, "%s\n", *message);
	while (out && (line = strsep(&rest, "\n"))) {
		dsfit_printable(line);
		if (*line)
			fprintf(out, "dsfit: %s\n", line);
	}
	if (out)
		all = dsfit_text_end(&told);
	if (all) {
		size = strlen(all);
		/* No newline at the end: salloc would print an empty line. */
		if (size && all[size - 1] == '\n')
			all[size - 1] = '\0';
		dsfit_slurm_string(message, all);
	} else {
		dsfit_job_tell_line(message, "out of memory: what would be said here is lost");
	}
	free(all);
	free(text);
}

void dsfit_job_log(uint32_t uid, const char *text)
{
	char line[512];

	if (!text)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	dsfit_printable(line);
	slurm_info("dsfit: uid=%u: %s", uid, line);
}

void dsfit_job_record(job_desc_msg_t *desc, char *record)
{
	const char *theirs = desc->admin_comment;
	char *both = NULL;

	if (record && theirs && *theirs && asprintf(&both, "%s; %s", theirs, record) < 0)
		both = NULL;
	if (both || (record && (!theirs || !*theirs)))
		dsfit_slurm_string(&desc->admin_comment, both ? both : record);
	free(both);
	free(record);
}
