/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "dsfit size": the nodes with which a request is compared, and the job that a sweep varies. */
#include "tests/unit/cli.h"

#include <json-c/json.h>

#define MODEL "--model=13B --zero=3 "

/* The answer to these words as JSON. The caller releases it. */
static struct json_object *answer(const char *words)
{
	struct json_object *o;
	char line[512];

	snprintf(line, sizeof(line), "%s --json --conf=" TEST_CONF "/dsfit.conf", words);
	ck_assert_msg(cli_run(cli_size, line) != CLI_USAGE, "%s: %s", words, cli_ran.err);
	o = json_tokener_parse(cli_ran.out);
	ck_assert_msg(o != NULL, "%s: %s", words, cli_ran.out);
	return o;
}

/* The exit status of these words on the demo site. */
static int size(const char *words)
{
	char line[512];

	snprintf(line, sizeof(line), "%s --conf=" TEST_CONF "/dsfit.conf", words);
	return cli_run(cli_size, line);
}

START_TEST(test_described)
{
	/* A card with its memory only: as many nodes with 8 GPUs as the number of GPUs fills. */
	ck_assert_int_eq(size("--model=7B --zero=3 --gpu-memory=48GB --gpus=16"), CLI_FITS);
	unit_assert_has(cli_ran.out, "on 2 nodes x 8 GPU\n");
	unit_assert_has(cli_ran.out, "of 44.7 GiB available: fits\n");
	ck_assert_int_eq(size("--model=7B --zero=3 --gpu-memory=48GB --gpus=16 --nodes=4"),
			 CLI_FITS);
	unit_assert_has(cli_ran.out, "on 4 nodes x 4 GPU\n");
	/* There is no request to submit: no option of sbatch can ask for such nodes. */
	ck_assert_ptr_null(strstr(cli_ran.out, "submit with"));
	/* A network is no fault of nodes that nobody has asked for. */
	ck_assert_int_eq(size("--model=70B --gpu=h100"), CLI_MISFIT);
	ck_assert_ptr_null(strstr(cli_ran.out, "Network: "));
	ck_assert_int_eq(size("--model=70B --gpu=h100 --nodes=2 --gpus-per-node=8"), CLI_FITS);
	unit_assert_has(cli_ran.out, "of 400 Gbps available: exceeds\n");
	/* What the user can settle. */
	ck_assert_int_eq(size("--model=7B --gpu-memory=48GB --gpus=16"), CLI_FITS);
	unit_assert_has(cli_ran.out, "\nNot known: host memory per node; the user can settle it "
			"by --mem\n");
	/* More nodes, or more GPUs on one, than the site has of the card: sbatch refuses it. */
	ck_assert_int_eq(size(MODEL "--gpu=a100 --nodes=9 --gpus-per-node=4"), CLI_MISFIT);
	unit_assert_has(cli_ran.out, "  no nodes of this site can hold this request: "
			"9 nodes, 4 available; the closest are 4 nodes x 4 A100 40GB\n");
	ck_assert_int_eq(size(MODEL "--gpus=h100:9 --nodes=1"), CLI_MISFIT);
	ck_assert_ptr_null(strstr(cli_ran.out, "fits\n"));
	ck_assert_ptr_null(strstr(cli_ran.out, "fits: "));
	ck_assert_int_eq(size(MODEL "--gpus=h100:9 --nodes=1 --html=-"), CLI_MISFIT);
	unit_assert_has(cli_ran.out, "of 79.1 GiB</h3>");
	ck_assert_int_eq(size(MODEL "--gpus=h100:8 --nodes=1 --html=-"), CLI_FITS);
	unit_assert_has(cli_ran.out, "of 79.1 GiB: <span class=\"said\">fits</span></h3>");
}
END_TEST

/* The limits of a QOS and of an account bind what is found, in size and in plan. */
START_TEST(test_limits)
{
	char text[1024], words[600], qos[200] = "";
	const char *conf;

	snprintf(text, sizeof(text), "include(\"" TEST_CONF "/gpus.conf\")\n"
		 "include(\"" TEST_CONF "/models.conf\")\n"
		 "nodes \"a100\" { count = 8 gpu = a100 gpus = 4 network = 400Gbps }\n"
		 "qos \"few\" { max-gpus = 4 }\nassociation \"phys\" { max-nodes = 2 }\n");
	conf = unit_write("limits.conf", text);
	snprintf(words, sizeof(words), MODEL "--conf=%s", conf);
	ck_assert_int_eq(cli_run(cli_size, words), CLI_FITS);
	ck_assert_int_eq(cli_run(cli_plan, words), CLI_FITS);
	snprintf(words, sizeof(words), MODEL "--conf=%s --qos=few", conf);
	ck_assert_int_eq(cli_run(cli_size, words), CLI_MISFIT);
	ck_assert_int_eq(cli_run(cli_plan, words), CLI_MISFIT);
	snprintf(words, sizeof(words), MODEL "--conf=%s --account=phys", conf);
	ck_assert_int_eq(cli_run(cli_size, words), CLI_MISFIT);
	ck_assert_int_eq(cli_run(cli_plan, words), CLI_MISFIT);
	snprintf(words, sizeof(words), MODEL "--conf=%s --account=bio --qos=many", conf);
	ck_assert_int_eq(cli_run(cli_plan, words), CLI_FITS);
	memset(qos, 'x', sizeof(qos) - 1);
	snprintf(words, sizeof(words), MODEL "--qos=%s", qos);
	cli_assert(cli_plan, words, CLI_USAGE, "--qos: too long");
}
END_TEST

/* A plan without rows says which request comes closest. */
START_TEST(test_plan_of_none)
{
	static const char words[] = "175B --zero=0 --conf=" TEST_CONF "/dsfit.conf";

	ck_assert_int_eq(cli_run(cli_plan, words), CLI_MISFIT);
	unit_assert_begins(cli_ran.out, "no request at this site fits 175B, ZeRO-0, ");
	unit_assert_has(cli_ran.out, " tokens:\n  closest request: 1 node x 1 H200: at least ");
	unit_assert_has(cli_ran.out, "available\n  or change the training: ");
}
END_TEST

/* A table is as wide as the terminal, by breaking requests between their options. */
START_TEST(test_narrow)
{
	static const char words[] = "13B --zero=3 --rows=8 --conf=" TEST_CONF "/dsfit.conf";
	char *rest = cli_ran.out, *line;
	unsigned broken = 0;

	setenv("LC_ALL", "C", 1);
	ck_assert_int_eq(cli_run_on_terminal(cli_plan, words, 80), CLI_FITS);
	while ((line = strsep(&rest, "\n"))) {
		ck_assert_msg(strlen(line) <= 80, "%s", line);
		broken += line[0] == ' ' && line[strspn(line, " ")] == '-';
	}
	ck_assert_uint_gt(broken, 0);
}
END_TEST

/* Where not even one option has room, columns are left out. */
START_TEST(test_very_narrow)
{
	static const char words[] = "13B --zero=3 --rows=8 --conf=" TEST_CONF "/dsfit.conf";
	char *rest = cli_ran.out, *line;

	setenv("LC_ALL", "C", 1);
	ck_assert_int_eq(cli_run_on_terminal(cli_plan, words, 56), CLI_FITS);
	ck_assert_ptr_nonnull(strstr(cli_ran.out, "A wider terminal shows more columns.\n"));
	while ((line = strsep(&rest, "\n")))
		ck_assert_msg(strlen(line) <= 56, "%s", line);
}
END_TEST

/* Several --set add up. A job that is tight only for an evaluation may be submitted as it is. */
START_TEST(test_settings)
{
	static const char tight[] = "--model=llama-3-8b --method=qlora --seq=4k --gpus-per-node=1 "
				    "--gpu=a100";
	char words[256];

	ck_assert_int_eq(size(tight), CLI_FITS);
	unit_assert_has(cli_ran.out, "tight: llama-3-8b");
	unit_assert_has(cli_ran.out, "--set=eval-batch:N says what is used, 0 none\n");
	unit_assert_has(cli_ran.out, "submit with: sbatch");
	snprintf(words, sizeof(words), "%s --set=eval-batch:0 --set=seq:2k,workers:2", tight);
	ck_assert_int_eq(size(words), CLI_FITS);
	unit_assert_has(cli_ran.out, "fits: llama-3-8b");
	unit_assert_has(cli_ran.out, "batch 1 x 2048 tokens");
	unit_assert_has(cli_ran.out, "--ds-set=eval-batch:0,seq:2k,workers:2 ");
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	memcpy(words, "--model=7B --set=", strlen("--model=7B --set="));
	ck_assert_int_eq(size(words), CLI_USAGE);
}
END_TEST

/* Pictures that no estimate has are said, others are not. */
START_TEST(test_pictures)
{
	ck_assert_int_eq(size("gemma-3-4b --set=images:2 --gpus=h100:8"), CLI_FITS);
	ck_assert(!strstr(cli_ran.err, "images:"));
	size("7B --set=images:2 --gpus=h100:8");
	unit_assert_has(cli_ran.err, "images:2 changes nothing: dsfit knows no vision tower of 7B");
	size("Llama-4-Scout-17B-16E --set=images:1 --gpus=h100:8");
	unit_assert_has(cli_ran.err, "images:1 changes nothing: what the vision tower of "
			"llama-4-scout-17b-16e keeps of pictures is not known, and not in the "
			"estimate");
}
END_TEST

/* Adapters that PEFT refuses to make; a job may run a release where it makes them. */
START_TEST(test_refused_adapters)
{
	static const char job[] = "--model=mixtral-8x7b-v0.1 --method=lora --gpus-per-node=8 "
				  "--nodes=1 --gpu=h100 --set=";
	static const struct {
		const char *set, *warning;
	} rows[] = {
		{ "lora-targets:all-linear,lora-dropout:0.05", "they cannot have dropout; if the "
		  "job runs transformers 4, declare it: --ds-set=transformers:4.57\n" },
		{ "lora-targets:all-linear,dora:yes", "they cannot have DoRA" },
		{ "lora-targets:gate_proj,transformers:5.0", "PEFT stops at adapters on experts, "
		  "which transformers 5 has as parameters: gate_proj is adapted only together "
		  "with up_proj\n" },
		{ "lora-targets:up_proj+down_proj", "up_proj is adapted only together with "
		  "gate_proj" },
		{ "lora-targets:gate_proj+up_proj", NULL },
		{ "lora-targets:all-linear,lora-dropout:0.05,transformers:4.57", NULL },
		{ "lora-targets:qv,lora-dropout:0.05", NULL },
	};
	char words[256];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		snprintf(words, sizeof(words), "%s%s", job, rows[i].set);
		ck_assert_int_ne(size(words), CLI_USAGE);
		if (rows[i].warning)
			unit_assert_has(cli_ran.err, rows[i].warning);
		else
			ck_assert_msg(!strstr(cli_ran.err, "PEFT"), "%s", cli_ran.err);
	}
}
END_TEST

START_TEST(test_network)
{
	ck_assert_int_eq(size(MODEL "--nodes=4 --gpus-per-node=4 --gpu=a100"), CLI_FITS);
	unit_assert_has(cli_ran.out, "submit with: sbatch");
	ck_assert_int_eq(size(MODEL "--nodes=4 --gpus-per-node=4 --network=10Gbps"), CLI_MISFIT);
	unit_assert_has(cli_ran.out, "needed per node, the given network has 10 Gbps\n");
	/* The memory is still the site's. */
	unit_assert_has(cli_ran.out, "of 500 GiB available: fits\n");
	ck_assert_ptr_null(strstr(cli_ran.out, "submit with"));
	ck_assert_int_eq(size(MODEL "--nodes=4 --gpus-per-node=4 --gpu=a100 --network=10Gbps"),
			 CLI_MISFIT);
	unit_assert_has(cli_ran.out, "needed per node, the given network has 10 Gbps\n");
	/* The host memory of a described class is not known. */
	ck_assert_ptr_null(strstr(cli_ran.out, "of 500 GiB available"));
}
END_TEST

START_TEST(test_gpus)
{
	static const char *const other[] = { "d200", "h101", "v101", "mi310x", "rtx5091" };
	char words[128];
	struct json_object *total = answer(MODEL "--gpus=a100:16");
	struct json_object *each = answer(MODEL "--gpu=a100 --nodes=4 --gpus-per-node=4");
	struct json_object *one, *same;

	ck_assert(json_object_object_get_ex(total, "gpu", &one));
	ck_assert(json_object_object_get_ex(each, "gpu", &same));
	ck_assert(json_object_equal(one, same));
	json_object_put(total);
	json_object_put(each);
	cli_assert(cli_size, MODEL "--gpus=4 --gpus-per-node=4", CLI_USAGE,
		   "more than one option requests GPUs");
	ck_assert_int_eq(size(MODEL "--gpu=h200y --gpus=4"), CLI_USAGE);
	unit_assert_has(cli_ran.err, "--gpu=h200y: no list has a GPU of this name: did you mean "
			"h200? must be a name that \"dsfit gpus\" lists, or any name with "
			"--gpu-memory");
	/* A card that the site has not is named in what is told to request. */
	ck_assert_int_eq(size("7B --zero=3 --gpus-per-node=v100:8 -N 1"), CLI_MISFIT);
	unit_assert_has(cli_ran.out, "  instead: -N 3 --gpus-per-node=v100:8 ");
	/* Another generation is no slip. */
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(other); i++) {
		snprintf(words, sizeof(words), MODEL "--gpus=4 --gpu=%s", other[i]);
		ck_assert_int_eq(size(words), CLI_USAGE);
		snprintf(words, sizeof(words), "--gpu=%s: no list has a GPU of this name: must be",
			 other[i]);
		unit_assert_has(cli_ran.err, words);
	}
	cli_assert(cli_size, MODEL "--mem=much", CLI_USAGE,
		   "dsfit does not understand --mem=much");
	cli_assert(cli_size, MODEL "--gpu-memory=0GB", CLI_USAGE,
		   "--gpu-memory=0GB: must be a size above 0");
	ck_assert_int_eq(size("7B --zero=3 --gpus=a100:16"), CLI_FITS);
}
END_TEST

/* --gpu also accepts a gres type, if no card has that name. */
START_TEST(test_gres_type)
{
	const char *conf = unit_write("s.conf", "include(\"" TEST_CONF "/gpus.conf\")\n"
		"include(\"" TEST_CONF "/models.conf\")\n"
		"nodes \"big\" {\n count = 2\n gpu = h100\n gres-type = hopper\n gpus = 8\n"
		" memory = 2048000MiB\n}\n");
	char words[800];

	snprintf(words, sizeof(words), MODEL "--gpu=hopper --nodes=1 --gpus-per-node=8 --conf=%s",
		 conf);
	cli_assert(cli_size, words, CLI_FITS, "on 1 node x 8 H100\n");
	unit_assert_has(cli_ran.out, "-N 1 --gpus-per-node=hopper:8\n");
}
END_TEST

/* Of the catalogues only what is looked up is read. What is wrong there ends the command, wherever
 * it is looked up; what is wrong elsewhere is for "dsfit check". */
START_TEST(test_broken_sections)
{
	static const char model[] = "model \"mine\" {\n layers = many\n}\n";
	static const struct {
		const char *broken, *words, *says;	/* NULL: it fits */
	} rows[] = {
		{ "gpu \"l4\" {\n colour = blue\n}\n", "7B --zero=3 --gpu=l4", "colour" },
		{ "gpu \"l4\" {\n colour = blue\n}\n", "7B --zero=3 --gpu=h100", NULL },
		{ model, "mine --gpu=h100", "many" },
		{ model, "mine --gpu=h100 --solve=batch", "many" },
		{ model, "7B --zero=3 --gpu=h100", NULL },
		{ "family \"llama\" {\n colour = blue\n}\n", "llama-3-8b --gpu=h100", "colour" },
		{ "family \"bloom\" {\n colour = blue\n}\n", "llama-3-8b --gpu=h100", NULL },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		char text[800], words[800];

		snprintf(text, sizeof(text), "include(\"" TEST_CONF "/gpus.conf\")\n"
			 "include(\"" TEST_CONF "/families.conf\")\n"
			 "include(\"" TEST_CONF "/models.conf\")\n%s", rows[i].broken);
		snprintf(words, sizeof(words), "%s --nodes=1 --gpus-per-node=8 --mem=1T --conf=%s",
			 rows[i].words, unit_write("broken.conf", text));
		cli_assert(cli_size, words, rows[i].says ? CLI_USAGE : CLI_FITS,
			   rows[i].says ? rows[i].says : "fits: ");
		if (rows[i].says)
			unit_assert_has(cli_ran.err, "broken.conf:");
	}
}
END_TEST

/* Assert that the answer to these words, as JSON, is the same if it is given back, and that its
 * alternatives have the verdict that it says. */
static void assert_given_back(const char *job, const char *request)
{
	struct json_object *first, *again, *list;
	const char *path;
	char line[512];

	snprintf(line, sizeof(line), "%s %s", job, request);
	first = answer(line);
	path = unit_write("given.json", json_object_to_json_string(first));
	snprintf(line, sizeof(line), "--from=%s", path);
	again = answer(line);
	ck_assert_msg(json_object_equal(first, again), "%s %s: %s", job, request,
		      json_object_to_json_string(again));
	json_object_put(again);
	ck_assert(json_object_object_get_ex(first, "alternatives", &list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i), *verdict, *overall;

		path = unit_write("given.json", json_object_to_json_string(one));
		snprintf(line, sizeof(line), "%s --from=%s", job, path);
		again = answer(line);
		json_object_object_get_ex(one, "verdict", &verdict);
		json_object_object_get_ex(again, "verdict", &overall);
		json_object_object_get_ex(overall, "overall", &overall);
		ck_assert_msg(json_object_equal(verdict, overall), "%s: %s", line,
			      json_object_to_json_string(overall));
		json_object_put(again);
	}
	json_object_put(first);
}

START_TEST(test_given_back)
{
	static const char *const jobs[] = {
		"--model=13B --zero=3", "--model=70B --method=qlora --batch=4",
		"--model=llama-3-8b --method=lora --batch=16 --seq=32768",
	};
	static const char *const requests[] = {
		"", "-N1 --gpus-per-node=a100:4", "-N 2 -n 8 --gpus-per-task=1 --mem-per-gpu=60G",
		"--gres=gpu:h100:2 -c 4 -p gpu", "-G rtx4090:1", "--gpu=a100_80g -N 1 --exclusive",
		"--gpus=8 --gpu-memory=48GB --network=200Gbps", "--gpus=h100:9 --nodes=1",
		"-n4 --ntasks-per-gpu=1 --tmp=10G -A bio",
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(jobs); i++)
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(requests); j++)
			assert_given_back(jobs[i], requests[j]);
	cli_assert(cli_size, "--from=/nowhere/given.json", CLI_USAGE,
		   "--from=/nowhere/given.json: No such file or directory\n");
}
END_TEST

/* The largest sequence on such nodes. */
static int64_t largest_seq(const char *more)
{
	struct json_object *rows, *largest;
	char line[512];
	int64_t value;

	snprintf(line, sizeof(line), "13B --zero=3 -N1 --gpus-per-node=h100:8 --solve=seq%s", more);
	rows = answer(line);
	json_object_object_get_ex(json_object_array_get_idx(rows, 0), "largest", &largest);
	value = json_object_get_int64(largest);
	json_object_put(rows);
	return value;
}

/* An evaluation that nobody has declared makes nothing smaller; one that is declared does. */
START_TEST(test_solve_evaluation)
{
	int64_t largest = largest_seq("");

	ck_assert_int_gt(largest, 1);
	ck_assert_int_eq(largest, largest_seq(" --set=eval-batch:0"));
	ck_assert_int_gt(largest, largest_seq(" --set=eval-batch:8"));
}
END_TEST

/* --- sweeps -------------------------------------------------------------------------------- */

/* The values of a sweep, with "*" before the declared one: "1 2 *4 ". */
static void sweep(const char *words, char text[512])
{
	struct json_object *points = answer(words), *value;
	size_t length = 0;

	ck_assert_uint_gt(json_object_array_length(points), 0);
	text[0] = '\0';
	for (size_t i = 0; i < json_object_array_length(points); i++) {
		struct json_object *point = json_object_array_get_idx(points, i);
		bool declared;

		ck_assert(json_object_object_get_ex(point, "declared", &value));
		declared = json_object_get_boolean(value);
		ck_assert(json_object_object_get_ex(point, "value", &value));
		length += (size_t)snprintf(text + length, 512 - length, "%s%lld ",
					   declared ? "*" : "",
					   (long long)json_object_get_int64(value));
	}
	json_object_put(points);
}

START_TEST(test_sweep_values)
{
	char text[512];

	sweep(MODEL "--gpu=a100 --nodes=4 --gpus-per-node=4 --sweep=gpus", text);
	ck_assert_str_eq(text, "1 2 4 8 *16 ");
	/* A value that is not a power of two is sorted in. */
	sweep(MODEL "--gpu=a100 --nodes=3 --gpus-per-node=4 --sweep=gpus", text);
	ck_assert_str_eq(text, "1 2 4 8 *12 16 ");
	sweep(MODEL "--gpu=a100 --nodes=4 --gpus-per-node=4 --batch=3 --sweep=batch", text);
	ck_assert_str_eq(text, "1 2 *3 4 8 16 32 ");
}
END_TEST

START_TEST(test_sweep_around)
{
	char text[512];

	/* If nothing was requested, the sweep varies the smallest request that fits, */
	sweep("--model=7B --zero=3 --sweep=gpus", text);
	ck_assert_ptr_nonnull(strchr(text, '*'));
	/* or the corrected request, */
	sweep("--model=13B --fit=correct --sweep=batch", text);
	unit_assert_begins(text, "*1 2 4 8 16 ");
	/* or, if none fits, the closest one. */
	sweep("--model=560B --sweep=gpus", text);
	unit_assert_has(text, "*16 ");
	/* If the card is not of the site, the nodes are those that are typed. */
	sweep(MODEL "--gpu-memory=40GB --gpus-per-node=4 --sweep=gpus", text);
	unit_assert_begins(text, "1 2 *4 8 16 ");
	cli_assert(cli_size, MODEL "--sweep=nodes", CLI_USAGE,
		   "--sweep=nodes: must be gpus, batch or seq");
}
END_TEST

#define SCRIPT "#!/bin/bash\n#SBATCH -N 1 --gres=gpu:a100:4 -o 'a b.txt'\n#SBATCH --mem 400G\n"
#define TRAINING "torchrun --nproc_per_node 4 train.py --lr 1 --bf16 --model_name_or_path " \
	"acme/llama-13b --per_device_train_batch_size ${1:-1} --max_seq_length 2048\n"

/* Size the script with these words around it: "before job.sh after". */
static int size_script(const char *before, const char *after)
{
	char words[400];

	snprintf(words, sizeof(words), "%s %s %s", before, unit_path("job.sh"), after);
	return size(words);
}

/* A job script is the request and the declaration; what is typed beside it wins. */
START_TEST(test_script)
{
	unit_write("job.sh", SCRIPT TRAINING);
	ck_assert_int_eq(size_script("", ""), CLI_FITS);
	unit_assert_begins(cli_ran.out, "job.sh: acme/llama-13b (line 4), batch 1 x 2048 (line 4)");
	unit_assert_has(cli_ran.out, "; ZeRO stage not seen, taken as 3");
	unit_assert_has(cli_ran.out, "on 1 node x 4 A100 40GB\n");
	unit_assert_has(cli_ran.out, "of 400 GiB available");
	ck_assert_int_eq(size_script("--gpus-per-node=h100:8 --batch=2", ""), CLI_FITS);
	unit_assert_has(cli_ran.out, "batch 2 x 2048 tokens on 1 node x 8 H100");
	/* Its arguments follow it, or "--". */
	ck_assert_int_eq(size_script("", "16"), CLI_FITS);
	unit_assert_has(cli_ran.out, "batch 16 x 2048 tokens on");
	/* Its variables are taken from the environment of "dsfit size". */
	unit_write("job.sh", "#!/bin/bash\n#SBATCH -G 2 -N 2 --mem 400G\nsrun "
		   "torchrun --nnodes 2 --nproc_per_node 4 train.py --lr 1 --bf16 "
		   "--model_name_or_path acme/llama-13b --per_device_train_batch_size ${BATCH}\n");
	setenv("BATCH", "3", 1);
	/* What it asks besides GPUs stays, however it has written these. */
	ck_assert_int_eq(size_script("--gpus=a100:8", ""), CLI_FITS);
	unit_assert_has(cli_ran.out, ", batch 3 x ");
	unit_assert_has(cli_ran.out, "on 2 nodes x 4 A100 40GB\n");
	unit_assert_has(cli_ran.out, "of 400 GiB available");
	unit_write("job.sh", SCRIPT TRAINING);
	/* A model that is typed takes the place of the script's. */
	ck_assert_int_eq(size_script("", "--model=1B"), CLI_FITS);
	unit_assert_begins(cli_ran.out, "job.sh: 1B (--model), batch 1 x 2048 (line 4)");
	unit_assert_has(cli_ran.out, "1B, ZeRO-3, batch 1 x 2048 tokens on 1 node x 4 A100");
	unit_write("job.sh", "#!/bin/bash\npython train.py\n");
	ck_assert_int_eq(size_script("", "--model=1B -N1 --gpus=a100:1"), CLI_FITS);
	unit_assert_begins(cli_ran.out, "1B, ZeRO-2, batch 1 x 2048 tokens on 1 node x 1 A100");
}
END_TEST

/* Of a script that is too long to be read whole nothing is said. */
START_TEST(test_long_script)
{
	static char text[5u << 20] = SCRIPT TRAINING;
	char line[512];

	memset(text + strlen(text), '\n', sizeof(text) - strlen(text) - 1);
	unit_write("job.sh", text);
	snprintf(line, sizeof(line), "--conf=" TEST_CONF "/dsfit.conf %s", unit_path("job.sh"));
	ck_assert_int_eq(cli_run(cli_read, line), CLI_USAGE);
	ck_assert_str_eq(cli_ran.out, "");
	unit_assert_has(cli_ran.err, "/job.sh: longer, or with more to follow, than what is read");
	ck_assert_int_eq(size_script("", ""), CLI_USAGE);
	unit_assert_has(cli_ran.err, "/job.sh: longer, or with more to follow, than what is read");
}
END_TEST

START_TEST(test_script_declares)
{
	struct json_object *root, *script, *read;

	unit_write("job.sh", SCRIPT "#SBATCH --ds-model=7B --ds-zero=3\n" TRAINING);
	ck_assert_int_eq(size_script("", ""), CLI_FITS);
	unit_assert_begins(cli_ran.out, "7B, ZeRO-3, ");
	/* Of a het job, the first component. */
	unit_write("job.sh", SCRIPT "#SBATCH hetjob\n#SBATCH -N 9\n" TRAINING);
	ck_assert_int_eq(size_script("", ""), CLI_FITS);
	unit_assert_has(cli_ran.out, "on 1 node x 4 A100 40GB\n");
	unit_write("job.sh", SCRIPT "srun gmx_mpi mdrun\n");
	ck_assert_int_eq(size_script("", ""), CLI_USAGE);
	unit_assert_has(cli_ran.err, "job.sh: nothing in it tells which language model is trained: "
			"add --model");
	unit_write("job.sh", SCRIPT "deepspeed --num_gpus 1 train.py --lr 1 --model_name_or_path "
		   "x/llama-1b\n");
	root = answer(unit_path("job.sh"));
	ck_assert(json_object_object_get_ex(root, "script", &script));
	ck_assert(json_object_object_get_ex(script, "read", &read));
	unit_assert_begins(json_object_get_string(read), "job.sh: x/llama-1b (line 4)");
	ck_assert(json_object_object_get_ex(script, "warnings", &read));
	unit_assert_begins(json_object_get_string(json_object_array_get_idx(read, 0)),
			   "line 2 asks for 4 GPUs per node, and 1 is started");
	json_object_put(root);
}
END_TEST

int main(void)
{
	const TTest *const sweeps[] = { test_sweep_values, test_sweep_around, NULL };
	Suite *suite = suite_create("size");
	TCase *nodes = unit_folder_case(suite, "nodes");

	tcase_add_test(nodes, test_described);
	tcase_add_test(nodes, test_limits);
	tcase_add_test(nodes, test_plan_of_none);
	tcase_add_test(nodes, test_narrow);
	tcase_add_test(nodes, test_very_narrow);
	tcase_add_test(nodes, test_settings);
	tcase_add_test(nodes, test_pictures);
	tcase_add_test(nodes, test_network);
	tcase_add_test(nodes, test_gpus);
	tcase_add_test(nodes, test_gres_type);
	tcase_add_test(nodes, test_broken_sections);
	tcase_add_test(nodes, test_given_back);
	tcase_add_test(nodes, test_solve_evaluation);
	tcase_add_test(nodes, test_script);
	tcase_add_test(nodes, test_long_script);
	tcase_add_test(nodes, test_refused_adapters);
	tcase_add_test(nodes, test_script_declares);
	unit_add(suite, "sweeps", sweeps);
	return unit_run(suite);
}
