/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/job_found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/script/documents.h"

struct dsfit_job_found *dsfit_job_script_judge(struct dsfit_script_found *read,
					       const char *name,
					       char lacking[DSFIT_INFERRED_LINE])
{
	struct dsfit_job_found *found = malloc(sizeof(*found));

	*lacking = '\0';
	if (!found) {
		dsfit_script_found_free(read);
		return NULL;
	}
	found->found = *read;
	/* What was not read to its end may say something else there. */
	if (!found->found.stopped &&
	    dsfit_inferred_declare(&found->found, "--ds-", &found->inferred))
		return found;
	dsfit_inferred_lacks_model(&found->found, "--ds-", name, lacking);
	dsfit_job_found_free(found);
	return NULL;
}

struct dsfit_job_found *dsfit_job_script_read(const struct dsfit_launchers *launchers,
					      const struct dsfit_job_script *script,
					      char lacking[DSFIT_INFERRED_LINE])
{
	struct dsfit_script_found found;

	*lacking = '\0';
	if (dsfit_job_script_follow(launchers, script, dsfit_document_read, &found))
		return NULL;
	return dsfit_job_script_judge(&found, script->name, lacking);
}

void dsfit_job_found_free(struct dsfit_job_found *found)
{
	if (!found)
		return;
	dsfit_script_found_free(&found->found);
	free(found);
}

static void put_offload(FILE *out, const struct dsfit_training *t)
{
	if (t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		return;
	fprintf(out, " --ds-offload=optimizer:%s", dsfit_offload_names[t->offload_optimizer]);
	if (t->offload_param != DSFIT_OFFLOAD_NONE)
		fprintf(out, ",param:%s", dsfit_offload_names[t->offload_param]);
}

char *dsfit_job_line(const struct dsfit_script_found *found,
		     const struct dsfit_workload *passed_on)
{
	char told[DSFIT_SCRIPT_OPTIONS * 300] = "";
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	bool has_stage;

	if (!out)
		return NULL;
	if (found)
		dsfit_script_options(found, told, sizeof(told));
	has_stage = strstr(told, "--ds-zero=");
	fputs("#SBATCH", out);
	if (passed_on && !strstr(told, "--ds-model="))
		fprintf(out, " --ds-model=%s", passed_on->model.name);
	else if (!strstr(told, "--ds-model="))
		fputs(" --ds-model=MODEL", out);
	fprintf(out, "%s%s", *told ? " " : "", told);
	if (passed_on && !has_stage)
		fprintf(out, " --ds-zero=%u", passed_on->training.zero);
	else if (!has_stage)
		fputs(" --ds-zero=STAGE", out);
	if (passed_on && !strstr(told, "--ds-offload="))
		put_offload(out, &passed_on->training);
	if (!*told && !passed_on)
		fputs(" --ds-batch=SAMPLES --ds-seq=TOKENS", out);
	return dsfit_text_end(&text);
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
