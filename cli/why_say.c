/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job in plain words: what was asked, decided and changed, and how it ended. Then what the end
 * means beside the prediction. An explanation is a list of lines:
 *
 *   explain()  by the job's state: waits, runs, ended well, out of memory, exit code ...
 *   expected_of_gpu(), expected_of_node()   hold the figures of the record against it
 *
 * Slurm sees host memory alone. A job that runs out of GPU memory ends with exit code 1, as after
 * any other error of a program.
 */
#include "cli/why_say.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"
#include "core/base/text.h"
#include "core/formats/json_write.h"
#include "core/say/phrases.h"

static bool is_state(const struct why *why, const char *state)
{
	return !strcmp(why->job->state, state);
}

static bool has_ended(const struct why *why)
{
	return !is_state(why, "PENDING") && !is_state(why, "RUNNING") &&
	       !is_state(why, "SUSPENDED");
}

/* "2 days 3 h", "4 min", "12 s" */
static void put_time(FILE *out, int64_t seconds)
{
	if (seconds >= 2 * 86400)
		fprintf(out, "%" PRId64 " days %" PRId64 " h", seconds / 86400,
			seconds % 86400 / 3600);
	else if (seconds >= 7200)
		fprintf(out, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds % 3600 / 60);
	else if (seconds >= 120)
		fprintf(out, "%" PRId64 " min", seconds / 60);
	else
		fprintf(out, "%" PRId64 " s", seconds);
}

/* --- the prediction ------------------------------------------------------------------------- */

/* Where to look for an error of CUDA. */
static void put_output(FILE *out, const struct why *why)
{
	if (why->job->output[0])
		fprintf(out, "look for \"CUDA out of memory\" in %s\n", why->job->output);
	else
		fprintf(out, "look for \"CUDA out of memory\" in the job's output\n");
}

/* What was expected of GPU memory, for a job that ended with an error. */
static void expected_of_gpu(FILE *out, const struct why *why)
{
	const struct dsfit_record *r = &why->record;
	char need[DSFIT_SIZE_TEXT], has[DSFIT_SIZE_TEXT];

	if (!r->per_gpu) {
		fprintf(out, "Slurm does not see GPU memory: ");
		put_output(out, why);
		return;
	}
	dsfit_format_bytes(r->per_gpu, need);
	dsfit_format_bytes(r->gpu_available, has);
	if (!r->gpu_available)
		fprintf(out, "dsfit expected %s per GPU, and did not know how much there is\n",
			need);
	else if (r->per_gpu > r->gpu_available)
		fprintf(out, "GPU memory is the likely cause: dsfit expected %s per GPU, and a "
			"GPU has %s\n", need, has);
	else if (r->verdict == DSFIT_TIGHT)
		fprintf(out, "GPU memory may be the cause: dsfit expected %s per GPU of %s, which "
			"is tight\n", need, has);
	else
		fprintf(out, "dsfit expected GPU memory to suffice: %s of %s per GPU. If it did "
			"not, the script trains more than was declared: compare its batch and "
			"sequence length\n", need, has);
	put_output(out, why);
}

/* What was expected of a node's memory, for a job that ran out of it. */
static void expected_of_node(FILE *out, const struct why *why)
{
	const struct dsfit_record *r = &why->record;
	uint64_t given = why->job->memory_per_node;
	char need[DSFIT_SIZE_TEXT], has[DSFIT_SIZE_TEXT];

	if (given)
		fprintf(out, "the job had %s on each node\n", dsfit_format_bytes(given, has));
	else
		given = r->node_available;
	if (!r->per_node)
		return;
	dsfit_format_bytes(r->per_node, need);
	if (given && r->per_node > given)
		fprintf(out, "dsfit expected %s per node, which is more: request --mem=%" PRIu64
			"G\n", need, dsfit_div_up(r->per_node, DSFIT_GIB));
	else
		fprintf(out, "dsfit expected %s per node, so the job took more than its training "
			"needs: data loaders, a dataset in memory, or a checkpoint that one "
			"process gathers. Request more with --mem, or start fewer workers\n",
			need);
}

/* The most memory that a task was seen with. */
static void put_max_rss(FILE *out, const struct why *why)
{
	char text[DSFIT_SIZE_TEXT];
	uint64_t given = why->job->memory_per_node;

	if (why->job->max_rss)
		fprintf(out, "the most that one task was seen with: %s (MaxRSS)%s\n",
			dsfit_format_bytes(why->job->max_rss, text),
			given && why->job->max_rss > given ?
				", which is more than the job had: Slurm ends a task for that" :
				"");
}

/* --- how it ended --------------------------------------------------------------------------- */

struct meaning {
	int number;
	const char *means;
	bool of_gpu, of_node;		/* what of the prediction has to do with it */
};

static const struct meaning signals[] = {
	{ 4, "ILL: the program was built for another CPU", false, false },
	{ 6, "ABRT: a library gave up, such as NCCL after a timeout", true, false },
	{ 7, "BUS: often a full /dev/shm, which data loaders use", false, true },
	{ 9, "KILL: often the kernel's, because a node's memory ran out", false, true },
	{ 11, "SEGV: an error in a program or a library", false, false },
	{ 15, "TERM: it was told to end, by scancel, a launcher or a preemption", false, false },
};

static const struct meaning codes[] = {
	{ 1, "a program ended with an error, such as an exception of Python; running out of GPU "
	     "memory is one", true, false },
	{ 2, "a program does not understand its arguments, or does not find a file", false, false },
	{ 126, "a command cannot be executed", false, false },
	{ 127, "a command was not found: is its module or environment loaded in the script?",
	  false, false },
};

static const struct meaning *find_meaning(const struct meaning *list, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == number)
			return &list[i];
	return NULL;
}

static void explain_meaning(FILE *out, const struct why *why, const struct meaning *meaning)
{
	if (meaning && meaning->of_gpu)
		expected_of_gpu(out, why);
	if (meaning && meaning->of_node) {
		expected_of_node(out, why);
		put_max_rss(out, why);
	}
}

static void explain_signal(FILE *out, const struct why *why, int number)
{
	const struct meaning *meaning = find_meaning(signals, DSFIT_ARRAY_SIZE(signals), number);

	if (meaning)
		fprintf(out, "a process ended by signal %d, %s\n", number, meaning->means);
	else
		fprintf(out, "a process ended by signal %d\n", number);
	explain_meaning(out, why, meaning);
}

/* A shell's exit code is 128 and the signal that ended a command. */
static void explain_code(FILE *out, const struct why *why, int code)
{
	const struct meaning *meaning = find_meaning(codes, DSFIT_ARRAY_SIZE(codes), code);

	if (code > 128 && code <= 128 + 64) {
		explain_signal(out, why, code - 128);
		return;
	}
	if (meaning)
		fprintf(out, "exit code %d: %s\n", code, meaning->means);
	else
		fprintf(out, "exit code %d is the program's own: its manual or its output says "
			"what it means\n", code);
	explain_meaning(out, why, meaning);
}

static void explain_failure(FILE *out, const struct why *why)
{
	const struct slurm_job *job = why->job;

	if (job->signal)
		explain_signal(out, why, job->signal);
	else if (job->exit_code)
		explain_code(out, why, job->exit_code);
	else
		fprintf(out, "Slurm's reason is %s: this is not the training's memory\n",
			job->reason);
}

static void explain_out_of_memory(FILE *out, const struct why *why)
{
	fprintf(out, "Slurm ended it because it took more memory than it had on a node. This is "
		"host memory, not GPU memory\n");
	expected_of_node(out, why);
	put_max_rss(out, why);
}

static void explain_success(FILE *out, const struct why *why)
{
	if (why->job->step_out_of_memory)
		fprintf(out, "the script ended well, but Slurm ended a step in it because it took "
			"more host memory than it had\n");
	else if (why->job->step_exit_code)
		fprintf(out, "the script ended well, but a step in it did not\n");
	else
		fprintf(out, "it ended well\n");
	if (why->job->step_out_of_memory) {
		expected_of_node(out, why);
		put_max_rss(out, why);
	} else if (why->job->step_exit_code) {
		explain_code(out, why, why->job->step_exit_code);
	} else if (why->record.verdict == DSFIT_EXCEEDS) {
		fprintf(out, "dsfit expected that it does not fit: if it trained what it declares, "
			"the estimate is too high\n");
	}
}

/* --- why it waits --------------------------------------------------------------------------- */

static const struct {
	const char *reason, *means;	/* the reason may be the end of a longer one */
} reasons[] = {
	{ "Resources", "it waits until enough is free for what it requests" },
	{ "Priority", "it waits behind jobs of a higher priority" },
	{ "Dependency", "it waits for another job, which it names with --dependency" },
	{ "BeginTime", "it waits for the time that it names with --begin" },
	{ "JobHeldUser", "it is held: \"scontrol release\" lets it go" },
	{ "JobHeldAdmin", "an administrator holds it, who alone can let it go" },
	{ "BadConstraints", "no node has what it requests, so it never starts as it is" },
	{ "PartitionNodeLimit", "it requests more nodes than its partition gives a job" },
	{ "PartitionTimeLimit", "it requests more time than its partition gives a job" },
	{ "PartitionConfig", "its partition has no nodes for such a request" },
	{ "ReqNodeNotAvail", "nodes that it needs are down, drained or reserved" },
	{ "Reservation", "it waits for its reservation" },
	{ "Licenses", "it waits for licenses" },
	{ "ReqNodeNotAvail, May be reserved for other job", "nodes that it needs are reserved" },
};

static void explain_waiting(FILE *out, const struct why *why)
{
	const char *reason = why->job->reason;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(reasons); i++)
		if (!strcmp(reasons[i].reason, reason)) {
			fprintf(out, "%s (%s)\n", reasons[i].means, reason);
			return;
		}
	if (!strncmp(reason, "QOS", 3) || !strncmp(reason, "Assoc", 5) ||
	    !strncmp(reason, "MaxMem", 6))
		fprintf(out, "a limit of its QOS or account holds it: it requests more than that "
			"gives one job, or other jobs have taken the rest (%s)\n", reason);
	else if (!*reason || !strcmp(reason, "None"))
		fprintf(out, "slurmctld has not looked at it yet\n");
	else
		fprintf(out, "Slurm's reason is %s: see squeue(1)\n", reason);
}

/* --- all of it ------------------------------------------------------------------------------ */

static const struct {
	const char *state, *means;
} plain_ends[] = {
	{ "CANCELLED", "a user, an administrator or its launcher cancelled it: this is not the "
		       "training's memory" },
	{ "NODE_FAIL", "a node failed: this is not the training's memory" },
	{ "BOOT_FAIL", "a node did not boot: this is not the training's memory" },
	{ "PREEMPTED", "a job of a higher priority took its place: start again from a checkpoint" },
	{ "DEADLINE", "it could not end before its --deadline" },
};

static void explain(FILE *out, const struct why *why)
{
	if (!why->job->known_here && !has_ended(why)) {
		fprintf(out, "slurmctld does not show you this job, and slurmdbd knows little of a "
			"job before its end\n");
	} else if (is_state(why, "PENDING")) {
		explain_waiting(out, why);
	} else if (is_state(why, "RUNNING")) {
		fprintf(out, "it runs\n");
	} else if (is_state(why, "SUSPENDED")) {
		fprintf(out, "it is suspended: \"scontrol resume\" lets it go on\n");
	} else if (is_state(why, "COMPLETED")) {
		explain_success(out, why);
	} else if (is_state(why, "OUT_OF_MEMORY")) {
		explain_out_of_memory(out, why);
	} else if (is_state(why, "TIMEOUT")) {
		fprintf(out, "it reached its time limit: request more with --time, or start again "
			"from a checkpoint\n");
	} else {
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(plain_ends); i++)
			if (is_state(why, plain_ends[i].state)) {
				fprintf(out, "%s\n", plain_ends[i].means);
				return;
			}
		explain_failure(out, why);
	}
}

/* --- whether the request is still that of the decision --------------------------------------- */

/* The value of an option in a request of dsfit's: of "-N 3", or of "--mem=40G". Returns whether it
 * is there. */
static bool value_of(const char *request, const char *option, char *value, size_t size)
{
	const char *at = request;
	size_t length = strlen(option);

	for (; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
		if (strncmp(at, option, length))
			continue;
		at += length;
		snprintf(value, size, "%.*s", (int)strcspn(at, " "), at);
		return true;
	}
	return false;
}

/* Whether the GPUs of a request are not those that Slurm has: "a100:4" in "gres/gpu:a100=4". */
static bool other_gpus(const char *asked, const char *gpus)
{
	char entry[160], text[256];

	snprintf(entry, sizeof(entry), "%s%s", strncmp(gpus, "gpu:", 4) ? "gpu:" : "", gpus);
	snprintf(text, sizeof(text), "%s", asked);
	for (char *c = text; *c; c++)
		if (*c == '=')
			*c = ':';
	return *text && strcmp(text, entry) &&
	       (strncmp(text, "gres", 4) || strcmp(text + 5, entry));
}

/* Whether a waiting job requests something else than dsfit has decided on. What the request left
 * open says nothing. */
static bool has_changed(const struct why *why)
{
	static const char *const forms[] = { "--gpus=", "--gpus-per-node=", "--gpus-per-task=",
					     "--gres=" };
	const char *request = why->record.request;
	const struct slurm_job *job = why->job;
	char value[128];
	uint64_t bytes;

	if (!*request || !is_state(why, "PENDING") || !job->known_here)
		return false;
	if (job->nodes && value_of(request, "-N ", value, sizeof(value)) &&
	    strtoull(value, NULL, 10) != job->nodes)
		return true;
	if (value_of(request, "--mem=", value, sizeof(value)) && job->memory_per_node &&
	    !dsfit_parse_mebibytes(value, &bytes, NULL) && bytes &&
	    bytes != job->memory_per_node)
		return true;
	if (value_of(request, "-p ", value, sizeof(value)) && strcmp(value, job->partition))
		return true;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(forms); i++)
		if (value_of(request, forms[i], value, sizeof(value)) && !strchr(value, ','))
			return other_gpus(job->gpus_asked, value);
	return false;
}

/* An update of a waiting job, or one by root, need not fit. */
static void explain_change(FILE *out, const struct why *why)
{
	const struct dsfit_record *r = &why->record;
	uint64_t given = why->job->memory_per_node;
	char need[DSFIT_SIZE_TEXT], has[DSFIT_SIZE_TEXT];

	if (has_changed(why))
		fprintf(out, "its request was changed after dsfit decided, which was about %s: "
			"\"dsfit size\" with what it trains and the new request tells whether it "
			"fits\n", r->request);
	if (!has_ended(why) && given && r->per_node > given)
		fprintf(out, "it has less memory than dsfit expects it to need: %s of %s per "
			"node\n", dsfit_format_bytes(given, has),
			dsfit_format_bytes(r->per_node, need));
}

/* What dsfit did about it. */
static void explain_record(FILE *out, const struct why *why)
{
	const struct dsfit_record *r = &why->record;

	if (!why->recorded && !why->job->known_here && !has_ended(why))
		return;
	if (!why->recorded)
		fprintf(out, "dsfit has not sized it: it declares no training, or dsfit is not in "
			"slurmctld's JobSubmitPlugins. \"dsfit read SCRIPT\" says what a script "
			"trains\n");
	else if (r->not_sized[0])
		fprintf(out, "dsfit has not sized it: %s\n", r->not_sized);
	else if (r->verdict == DSFIT_EXCEEDS && !has_ended(why))
		fprintf(out, "dsfit expects that it does not fit, and the policy let it pass: "
			"\"dsfit size\" with its options says what does\n");
}

/* The lines of the explanation; NULL if there is no memory. */
static char *explanation(const struct why *why)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (out) {
		explain(out, why);
		explain_record(out, why);
		explain_change(out, why);
		if (why->job->of > 1)
			fprintf(out, "this is one of %u %s: \"dsfit why %" PRIu32 "%c1\" explains "
				"number 1\n", why->job->of, why->job->component >= 0 ?
				"components" : "tasks", why->job->id,
				why->job->component >= 0 ? '+' : '_');
	}
	return dsfit_text_end(&text);
}

/* "12", "12_3", "12+1" */
static void put_id(FILE *out, const struct slurm_job *job)
{
	fprintf(out, "%" PRIu32, job->id);
	if (job->task >= 0)
		fprintf(out, "_%" PRId64, job->task);
	if (job->component >= 0)
		fprintf(out, "+%" PRId64, job->component);
}

static void put_given(FILE *out, const struct slurm_job *job)
{
	char text[DSFIT_SIZE_TEXT];

	fprintf(out, "  requested: %" PRIu64 " node%s", job->nodes, job->nodes == 1 ? "" : "s");
	if (job->gpus)
		fprintf(out, ", %" PRIu64 " GPU%s", job->gpus, job->gpus == 1 ? "" : "s");
	if (job->memory_per_node)
		fprintf(out, ", %s per node", dsfit_format_bytes(job->memory_per_node, text));
	if (job->node_list[0])
		fprintf(out, " (%s)", job->node_list);
	fputc('\n', out);
}

/* The record, without what stands in lines of its own. */
static void put_record(FILE *out, const struct dsfit_record *r)
{
	/* A record that is not understood is shown whole. */
	if (!r->training[0]) {
		fprintf(out, "  decided: %s\n", r->text);
		return;
	}
	fprintf(out, "  decided: %.*s\n", (int)r->decided, r->text);
	if (r->changed[0])
		fprintf(out, "  changed%s: %s\n", r->on_submit_host ? " on the submit host" : "",
			r->changed);
}

static void put_facts(FILE *out, const struct why *why)
{
	const struct slurm_job *job = why->job;

	fprintf(out, "job ");
	put_id(out, job);
	fprintf(out, " of %s in %s: %s", why->user, job->partition, job->state);
	if (job->seconds >= 0) {
		fprintf(out, has_ended(why) ? " after " : " for ");
		put_time(out, job->seconds);
	}
	if (has_ended(why))
		fprintf(out, ", exit code %d", job->exit_code);
	if (has_ended(why) && job->signal)
		fprintf(out, ", signal %d", job->signal);
	fputc('\n', out);
	if (job->submit_line[0])
		fprintf(out, "  asked: %s\n", job->submit_line);
	if (job->nodes)
		put_given(out, job);
	if (why->recorded)
		put_record(out, &why->record);
}

char *why_say_text(const struct why *why)
{
	char *lines = explanation(why), *rest = lines, *line;
	struct dsfit_text text;
	FILE *out = lines ? dsfit_text_begin(&text) : NULL;

	if (!out) {
		free(lines);
		return NULL;
	}
	put_facts(out, why);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(out, "  why: %s\n", line);
	free(lines);
	return dsfit_text_end(&text);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void add_text(struct json_object *o, const char *key, const char *text)
{
	dsfit_json_add(o, key, text && *text ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	dsfit_json_add(o, key, dsfit_json_known(number));
}

static void add_signed(struct json_object *o, const char *key, int64_t number)
{
	dsfit_json_add(o, key, number < 0 ? NULL : json_object_new_int64(number));
}

static struct json_object *json_decision(const struct why *why)
{
	struct json_object *o;
	const struct dsfit_record *r = &why->record;

	if (!why->recorded)
		return NULL;
	o = json_object_new_object();
	add_text(o, "record", r->text);
	add_text(o, "not_sized", r->not_sized);
	add_text(o, "training", r->training);
	add_text(o, "verdict", r->training[0] ? dsfit_phrase_verdict(r->verdict) : NULL);
	add_number(o, "per_gpu", r->per_gpu);
	add_number(o, "gpu_capacity", r->gpu_available);
	add_number(o, "per_node", r->per_node);
	add_number(o, "node_capacity", r->node_available);
	add_text(o, "changed", r->changed);
	dsfit_json_add(o, "changed_on_submit_host",
		       json_object_new_boolean(r->on_submit_host));
	return o;
}

static struct json_object *json_end(const struct why *why)
{
	const struct slurm_job *job = why->job;
	struct json_object *o;

	if (!has_ended(why))
		return NULL;
	o = json_object_new_object();
	dsfit_json_add(o, "exit_code", json_object_new_int(job->exit_code));
	dsfit_json_add(o, "signal", json_object_new_int(job->signal));
	dsfit_json_add(o, "step_exit_code", json_object_new_int(job->step_exit_code));
	dsfit_json_add(o, "step_out_of_memory",
		       json_object_new_boolean(job->step_out_of_memory));
	add_number(o, "max_rss", job->max_rss);
	return o;
}

static struct json_object *json_request(const struct slurm_job *job)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "command", job->submit_line);
	add_number(o, "nodes", job->nodes);
	add_number(o, "gpus", job->gpus);
	add_number(o, "memory_per_node", job->memory_per_node);
	add_signed(o, "time_minutes", job->limit_minutes);
	return o;
}

static void add_facts(struct json_object *o, const struct why *why)
{
	const struct slurm_job *job = why->job;

	add_number(o, "job", job->id);
	add_signed(o, "task", job->task);
	add_signed(o, "component", job->component);
	add_text(o, "user", why->user);
	add_text(o, "partition", job->partition);
	add_text(o, "state", job->state);
	add_text(o, "reason", job->reason);
	add_signed(o, "seconds", job->seconds);
	add_text(o, "nodes", job->node_list);
	add_text(o, "output", job->output);
	add_text(o, "source", job->known_here ? "slurmctld" : "slurmdbd");
}

char *why_say_json(const struct why *why)
{
	char *lines = explanation(why), *rest = lines, *line;
	struct json_object *o, *list;

	if (!lines)
		return NULL;
	dsfit_json_begin();
	o = json_object_new_object();
	list = json_object_new_array();
	add_facts(o, why);
	dsfit_json_add(o, "request", json_request(why->job));
	dsfit_json_add(o, "decision", json_decision(why));
	dsfit_json_add(o, "end", json_end(why));
	while ((line = strsep(&rest, "\n")))
		if (*line)
			dsfit_json_append(list, json_object_new_string(line));
	dsfit_json_add(o, "explanation", list);
	free(lines);
	return dsfit_json_end(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				 JSON_C_TO_STRING_NOSLASHESCAPE);
}
