/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/job_found.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/script/documents.h"

struct dsfit_job_found *dsfit_job_script_read(const struct dsfit_launchers *launchers,
					      const struct dsfit_job_script *script)
{
	struct dsfit_job_found *found = malloc(sizeof(*found));

	if (!found)
		return NULL;
	if (dsfit_job_script_follow(launchers, script, dsfit_document_read, &found->found)) {
		free(found);
		return NULL;
	}
	/* What was not read to its end may say something else there. */
	if (!found->found.stopped &&
	    dsfit_inferred_declare(&found->found, "--ds-", &found->inferred))
		return found;
	dsfit_job_found_free(found);
	return NULL;
}

void dsfit_job_found_free(struct dsfit_job_found *found)
{
	if (!found)
		return;
	dsfit_script_found_free(&found->found);
	free(found);
}

char *dsfit_job_found_say(const struct dsfit_job_found *found,
			  const struct dsfit_workload *workload, const char *script)
{
	char line[DSFIT_INFERRED_LINE], warning[DSFIT_SCRIPT_WARNING];
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	dsfit_inferred_say(&found->inferred, &found->found, workload, script, line);
	fprintf(out, "%s\n", line);
	for (size_t i = 0; i < found->found.warnings; i++)
		fprintf(out, "  %s\n", dsfit_script_warning(&found->found, i, warning));
	return dsfit_text_end(&text);
}
