#!/usr/bin/env bats
# Jobs that come by REST. slurmrestd loads no SPANK plugin, so that the controller's is alone with
# what the client says. It answers one request from its standard input, as inetd would start it,
# and ends: no socket, and nothing to stop.

load helpers

setup_file() {
	cp "$DSFIT_CLUSTER_DIR/run/slurmctld.pid" "$BATS_FILE_TMPDIR/pid"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=() passing=
	cluster run sh -c 'command -v slurmrestd' || skip "this Slurm has no slurmrestd"
	find_api
	declared=$passed
	# Its API has no field for it.
	(($(release) >= 2311)) || declared=$commented
}

teardown() {
	is "$(cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid")" "$(cat "$BATS_FILE_TMPDIR/pid")"
	matches "$(cluster run scontrol ping)" 'is UP'
	local jobs
	jobs=$(own_jobs)
	[[ ! $jobs ]] || on scancel $jobs
}

# Sets plugin, the one that knows jobs, and api, the path of its newest version: of several since
# 23.11, where 22.05 has a plugin for each.
find_api() {
	if (($(release) < 2311)); then
		plugin=openapi/v0.0.38
	else
		plugin=openapi/slurmctld
	fi
	rest GET /openapi/v3
	is "$code" 200
	api=$(jq -r '.paths | keys[] | select(endswith("/job/submit"))' <<<"$answer" | sort -V | tail -n 1)
	matches "$api" '^/slurm/v0\.0\.[0-9]+/job/submit$'
	api=${api%/job/submit}
}

# rest METHOD PATH [BODY]: sets code, of HTTP; answer, its JSON; and stderr, slurmrestd's log. It
# refuses to be root, and to be SlurmUser, whoever else runs the tests, unless it is told to.
rest() {
	local LC_ALL=C as length status=0
	if ((EUID)); then
		as=(env SLURMRESTD_SECURITY=disable_user_check)
	else
		as=(setpriv --reuid=www-data --regid="$(id -g www-data)" --clear-groups)
	fi
	printf '%s %s HTTP/1.1\r\n' "$1" "$2" >request
	printf '%s\r\n' 'Host: localhost' 'Content-Type: application/json' 'Connection: close' \
		"Content-Length: ${#3}" '' >>request
	printf %s "${3-}" >>request
	# The pipe that it reads has to be its own user's. Its exit status differs by version where the
	# request fails, but for timeout's.
	cluster run "${as[@]}" sh -c 'cat | timeout 20 slurmrestd -a rest_auth/local -s "$0"' \
		"$plugin" <request >reply 2>log || status=$?
	((status != 124))
	stderr=$(sed -E 's/^(slurmrestd: |\[[^]]*\] )//' log)
	# A later answer may follow it, to the end of the input.
	answer=$(tr -d '\0' <reply)
	matches "$answer" '^HTTP/1.1 ([0-9]+) '
	code=${BASH_REMATCH[1]}
	matches "$answer" $'\nContent-Length: ([0-9]+)'
	length=${BASH_REMATCH[1]}
	answer=${answer#*$'\r\n\r\n'}
	answer=${answer:0:length}
}

# submit [JQ]...: a job of one node with four a100, on hold, changed by these expressions; the names
# of fields are the later API's. Sets job, its number where it was made, and told, what was said to
# the client.
submit() {
	local change body
	body=$(jq -n --arg dir "$PWD" '{ name: "rest", hold: true, current_working_directory: $dir,
		standard_output: "/dev/null", standard_error: "/dev/null",
		minimum_nodes: 1, maximum_nodes: 1, tres_per_node: "gres/gpu:a100:4",
		environment: ["PATH=/usr/bin:/bin"], script: "#!/bin/sh\ntrue\n" }')
	for change; do
		body=$(jq "$change" <<<"$body")
	done
	# As 22.05 has it, whose fields are sbatch's options.
	(($(release) >= 2311)) || body=$(jq '.nodes = [.minimum_nodes, .maximum_nodes]
		| .environment = { PATH: "/usr/bin:/bin" }
		| if .tres_per_node then .gpus_per_node = (.tres_per_node | ltrimstr("gres/gpu:")) else . end
		| if .tres_per_job then .gpus = (.tres_per_job | ltrimstr("gres/gpu:")) else . end
		| del(.minimum_nodes, .maximum_nodes, .tres_per_node, .tres_per_job)' <<<"$body")
	rest POST "$api/job/submit" "$(jq '{ script, job: del(.script) }' <<<"$body")"
	printf '%s\n' "\$ $body" "$code $answer" "$stderr"
	job=$(jq -r '.job_id // 0' <<<"$answer")
	told=$(jq -r '.job_submit_user_msg // ""' <<<"$answer")
}

# What declares 13B, ZeRO-3: SPANK's environment or the comment.
passed=".spank_environment = [\"$(option_name ds-model)=13B\", \"$(option_name ds-zero)=3\"]"
commented='.comment = "--ds-model=13B,--ds-zero=3"'

# refused_with NUMBER: no job, the error's number to the client, and the words in slurmrestd's log,
# the only place where it puts them.
refused_with() {
	((code >= 400))
	is "$job" 0
	is "$(own_jobs -t all)" ''
	is "$(jq -r '.errors[0] | .error_number // .error_code' <<<"$answer")" "$1"
	lacks "$answer" 'refused'
	stderr=$(sed -n 's/^error: dsfit: /sbatch: error: dsfit: /p' <<<"$stderr")
}

# raised: to more nodes, with the same GPUs on each, as the record says.
raised() {
	is "$code" 200
	is "$(held "$job" UserId)" "$(id -nu "$user")($user)"
	(($(held_nodes "$job") > 1))
	matches "$told" '^dsfit: corrected: .*gpu.*a100:4.* -> -N [2-4] '
	matches "$(comment "$job")" '^dsfit: 13B, ZeRO-3, .* of 39.4 GiB per GPU, .* per node: fits; changed: .* -> -N [2-4] '
}

user=$( ((EUID)) && echo "$EUID" || id -u www-data)

@test "spank_environment: sized and corrected" {
	submit "$passed"
	if (($(release) < 2311)); then
		# A client of that API is told so, and declares in the comment.
		is "$code:$job" 400:0
		matches "$answer" 'Unknown key .*spank_environment'
		is "$(own_jobs -t all)" ''
		return
	fi
	raised
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
}

@test "nothing: the script says what it trains, and advice is given" {
	local train="deepspeed run_clm.py --model_name_or_path meta-llama/Llama-2-13b-hf"
	submit ".script = \"#!/bin/sh\\n$train --zero_stage 3 --per_device_train_batch_size 4 --bf16\\n\""
	is "$code" 200
	matches "$told" '^dsfit: script: meta-llama/Llama-2-13b-hf \(line 2\), ZeRO-3 \(line 2\), batch 4 \(line 2\); '
	matches "$told" 'dsfit: does not fit: llama-2-13b, ZeRO-3, '
	matches "$(comment "$job")" '^dsfit: inferred from the script: llama-2-13b, ZeRO-3, '
	is "$(held_nodes "$job")" 1
	submit '.script = "#!/bin/sh\ndeepspeed generate.py --model_name_or_path gpt2\n"'
	is "$code:$told" 200:
	is "$(comment "$job")" ''
}

@test "the comment: sized and corrected, and kept" {
	submit "$commented"
	raised
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
	is "$(held "$job" Comment)" --ds-model=13B,--ds-zero=3
}

@test "what fits is accepted as it is, and said so" {
	submit "$declared" '.tres_per_node = "gres/gpu:h200:8"' '.partition = "strict"'
	is "$code" 200
	matches "$told" '^dsfit: fits: 13B'
	is "$(held_nodes "$job")" 1
	is "$(held_tres "$job" TresPerNode)" gpu:h200:8
	matches "$(comment "$job")" '^dsfit: 13B, .*: fits$'
}

@test "partition strict: what does not fit is refused, with what would" {
	submit "$declared" '.partition = "strict"'
	# Invalid generic resource (gres) specification
	refused_with 2072
	matches "$(said)" '^refused: 13B, ZeRO-3'
	[[ $(alternatives) ]]
}

@test "undeclared: refused where the policy is, else as it was sent" {
	submit '.partition = "strict"'
	# Access/permission denied
	refused_with 2002
	matches "$(said)" '^refused: the job does not declare its model'
	submit
	is "$code:$told" 200:
	is "$(held_nodes "$job")" 1
	is "$(comment "$job")" ''
}

@test "a declaration of no use" {
	submit "${declared/13B/13X}" '.partition = "strict"'
	refused_with 2002
	matches "$(said)" '^refused: the job.s declaration cannot be read: .*13X'
}

@test "memory, as a number and as the API's structure" {
	local memory
	# The structure came after 22.05.
	for memory in 1024 '{ set: true, infinite: false, number: 1024 }'; do
		[[ $memory == 1024 ]] || (($(release) >= 2311)) || continue
		submit "$declared" ".memory_per_node = $memory"
		raised
		matches "$told" '--mem=1G -> .* --mem=[0-9]+G'
		matches "$(held_memory "$job" --mem)" '^[2-9][0-9]G$'
	done
}

@test "GPUs a job, and none at all" {
	submit "$declared" 'del(.tres_per_node)' '.maximum_nodes = 4' \
		'.tres_per_job = "gres/gpu:a100:4"'
	is "$code" 200
	matches "$told" '^dsfit: corrected: .*--gpus=a100:4 -> '
	matches "$(held_tres "$job" TresPerJob)" '^gpu:a100:([5-9]|1[0-6])$'
	submit "$declared" 'del(.tres_per_node)'
	is "$code" 200
	matches "$told" '^dsfit: corrected: '
	matches "$(held_tres "$job" TresPerNode)" '^gpu:[a-z0-9_]+:[0-9]$'
}

@test "a corrected job runs on all that it was given" {
	submit "$declared" '.hold = false' \
		'.script = "#!/bin/sh\n[ $(srun echo | wc -l) -eq $SLURM_JOB_NUM_NODES ]\n"'
	raised
	completes "$job"
	is "$(held_gpus "$job")" $(($(held_nodes "$job") * 4))
}
