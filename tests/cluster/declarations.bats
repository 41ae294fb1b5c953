#!/usr/bin/env bats
# Declarations that cannot be used, by the policy's mode, and words that slurmctld does not get to
# see: on a cluster with both plugins, whose dsfit.conf the tests write.

load helpers

request=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cluster_to_edit
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	passing=
	printf '{"zero_optimization": {"stage": 9}}' >wrong.json
	printf '{"model_type": "odd", "hidden_size": 768}' >odd.json
}

# Each a declaration that is wrong, and what is said of it.
wrong=("--ds-model=nosuch|--ds-model=nosuch: must be a size"
	"--ds-model=./missing.json|--ds-model=./missing.json: No such file"
	"--ds-model=13B --ds-config=missing.json|--ds-config=missing.json: No such file"
	"--ds-model=13B --ds-config=wrong.json|--ds-config=wrong.json: .*stage"
	"--ds-model=13B --ds-zero=7|--ds-zero=7: must be a ZeRO stage"
	"--ds-model=13B --ds-zero=1 --ds-offload=param:cpu|only ZeRO stage 3 offloads"
	"--ds-zero=3|no model")

# One line says why the job is not sized, and it is held as it was asked for.
passes_unsized() {
	is "$(said | wc -l)" 1
	matches "$(said)" "^not sized: .*$1"
	as_asked "${@:2}"
}

@test "mode advise and off: a wrong declaration is one line, and the job goes" {
	local mode row
	for mode in advise off; do
		demo_in_force "s/^mode = correct/mode = $mode/; s/^undeclared = accept/undeclared = reject/"
		for row in "${wrong[@]}"; do
			run_sbatch_hold ${row%%|*} "${request[@]}"
			# Undeclared jobs are told so where dsfit advises: they are not what is compared.
			submitted
			is "$(said | wc -l)" 1
			matches "$(said)" "^not sized: .*${row#*|}"
			is "$(held_tres "$job" TresPerNode)" gpu:a100:4
			is "$(held_nodes "$job")" 1
		done
	done
}

@test "the job is held as without a declaration" {
	demo_in_force 's/^mode = correct/mode = advise/'
	run_sbatch_hold --ds-model=nosuch "${request[@]}"
	passes_unsized '--ds-model=nosuch' "${request[@]}"
}

@test "mode correct and reject: a wrong declaration is one line, and no job" {
	local mode row
	for mode in correct reject; do
		demo_in_force "s/^mode = correct/mode = $mode/"
		for row in "${wrong[@]}"; do
			run_sbatch_hold ${row%%|*} "${request[@]}"
			refused
			is "$(said | wc -l)" 1
			matches "$(said)" "^${row#*|}|: .*${row#*|}"
		done
	done
}

@test "the partition's mode counts, the strictest of several" {
	demo_in_force 's/^mode = correct/mode = advise/'
	run_sbatch_hold --ds-model=nosuch "${request[@]}" -p strict
	refused
	run_sbatch_hold --ds-model=nosuch "${request[@]}" -p gpu,strict
	refused
	SBATCH_PARTITION=strict run_sbatch_hold --ds-model=nosuch "${request[@]}"
	refused
	run_sbatch_hold --ds-model=nosuch "${request[@]}" -p preempt
	submitted
}

@test "salloc and srun" {
	demo_in_force 's/^mode = correct/mode = advise/'
	run_salloc --ds-model=nosuch "${request[@]}" true
	is "$status" 0
	matches "$(said)" '^not sized: --ds-model=nosuch: '
	run_srun --ds-model=nosuch "${request[@]}" sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$output" 4
	is "$(said | wc -l)" 1
	matches "$(said)" '^not sized: --ds-model=nosuch: '
}

@test "components of a het job: each by itself" {
	demo_in_force 's/^mode = correct/mode = advise/'
	run_sbatch --hold --wrap true -N1 --gpus-per-node=h100:8 --ds-model=7B : \
		"${request[@]}" --ds-model=nosuch
	submitted
	matches "$(said)" '^fits: 7B'
	matches "$(said)" $'\nnot sized: --ds-model=nosuch: '
	run_sbatch --hold --wrap true "${request[@]}" --ds-model=nosuch : \
		-N1 --gpus-per-node=h100:8 --ds-model=7B -p strict
	submitted
	run_sbatch --hold --wrap true -N1 --gpus-per-node=h100:8 --ds-model=7B : \
		"${request[@]}" --ds-model=nosuch -p strict
	((status != 0))
}

@test "--ds-fit and exempt, as they do for a request that does not fit" {
	demo_in_force 's/^may-override = .*/may-override = {"*"}/'
	run_sbatch_hold --ds-model=nosuch --ds-fit=advise "${request[@]}"
	passes_unsized --ds-model=nosuch "${request[@]}"
	run_sbatch_hold --ds-model=13B --ds-zero=7 --ds-fit=off "${request[@]}"
	passes_unsized --ds-zero=7 "${request[@]}"
	run_sbatch_hold --ds-model=nosuch "${request[@]}"
	((status != 0))
	demo_in_force "s/^exempt = .*/exempt = {\"$(id -un)\"}/"
	run_sbatch_hold --ds-model=nosuch "${request[@]}" -p strict
	submitted
	matches "$(said)" '^not sized: --ds-model=nosuch'
	demo_in_force 's/^mode = correct/mode = advise/'
	run_sbatch_hold --ds-model=nosuch --ds-fit=reject "${request[@]}"
	((status != 0))
}

@test "slurmctld alone refuses none in advise and off, whatever it is given" {
	local mode model
	for mode in advise off; do
		demo_in_force "s/^mode = correct/mode = $mode/; s/^undeclared = accept/undeclared = reject/"
		for model in nosuch ./missing.json dsfit1,zero=7 dsfit1, 13X; do
			passes "$(option_name ds-model)=$model"
			run_sbatch_hold "${request[@]}"
			submitted
			matches "$(said)" "^not sized: the job's declaration cannot be read: "
		done
	done
}

@test "a model that dsfit does not understand passes in every mode, and the record says so" {
	local mode partition
	for mode in off advise correct reject; do
		demo_in_force "s/^mode = correct/mode = $mode/; s/^undeclared = accept/undeclared = reject/"
		for partition in gpu strict; do
			run_sbatch_hold --ds-model=./odd.json "${request[@]}" -p "$partition"
			submitted
			is "$(said)" "not sized: --ds-model=./odd.json: dsfit cannot size a model of type odd: layers is missing from the model's shape"
			is "$(held_tres "$job" TresPerNode)" gpu:a100:4
			[[ $mode == off && $partition == gpu ]] ||
				is "$(comment "$job")" 'dsfit: not sized: --ds-model=odd.json: dsfit cannot size a model of type odd'
		done
	done
	run_salloc --ds-model=./odd.json "${request[@]}" -p strict true
	is "$status" 0
	run_srun --ds-model=./odd.json "${request[@]}" -p strict true
	is "$status" 0
	run_sbatch --hold --wrap true "${request[@]}" --ds-model=7B --ds-zero=3 : \
		"${request[@]}" -p strict --ds-model=./odd.json
	submitted
}

@test "what is wrong beside it is still wrong" {
	demo_in_force 's/^x//'
	run_sbatch_hold --ds-model=./odd.json --ds-zero=7 "${request[@]}"
	refused
	# A known family means what it says.
	printf '{"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 64}' >other.json
	run_sbatch_hold --ds-model=./other.json "${request[@]}"
	refused
	matches "$(said)" 'kv-heads=64: must be at most the number of heads'
	echo '{"hello": 1}' >other.json
	run_sbatch_hold --ds-model=./other.json "${request[@]}"
	refused
}

@test "a job submitted from within inherits that its model is not understood" {
	demo_in_force 's/^x//'
	printf '%s\n' '#!/bin/sh' 'sbatch --hold --wrap true -N1 --gpus-per-node=a100:1' \
		'sbatch --hold --wrap true -N1' >job.sh
	run_sbatch -o out --ds-model=./odd.json "${request[@]}" job.sh
	submitted
	completes "$job"
	is "$(grep -c 'dsfit: ' out)" 1
	grep -q 'not sized: --ds-model=odd.json: dsfit cannot size a model of type odd' out
}

# --- no GPUs, in so many words ---------------------------------------------------------

# no_gpus JOB: it was held without any.
no_gpus() {
	is "$(held_tres "$1" TresPerNode)$(held_tres "$1" TresPerJob)" "${2-}"
	is "$(held_nodes "$1")" 1
}

@test "--gres=none, by option and by environment: the job has no GPUs" {
	local option
	demo_in_force 's/^x//'
	for option in --gres=none --gpus=0 --gpus-per-node=0 --gres=gpu:0 '--gpus-per-task=0 -n1'; do
		run_sbatch_hold --ds-model=7B $option
		submitted
		is "$(said | wc -l)" 1
		matches "$(said)" '^not sized: .* requests no GPUs$'
		lacks "$(shown "$job")" 'gpu[:=][a-z1-9]'
	done
	slurm_env=(SBATCH_GRES=none)
	run_sbatch_hold --ds-model=7B
	submitted
	is "$(said)" 'not sized: --gres requests no GPUs'
	no_gpus "$job"
	# In a partition that refuses what asks for nothing, too.
	run_sbatch_hold --ds-model=7B -p strict
	submitted
	no_gpus "$job"
}

@test "--gres=none in srun, salloc and components" {
	demo_in_force 's/^x//'
	run_srun --ds-model=350M --gres=none sh -c 'echo "gpus ${SLURM_GPUS_ON_NODE:-none}"'
	is "$status:$output" '0:gpus none'
	is "$(said)" 'not sized: --gres requests no GPUs'
	slurm_env=(SLURM_GRES=none SALLOC_GRES=none)
	run_srun --ds-model=350M sh -c 'echo "gpus ${SLURM_GPUS_ON_NODE:-none}"'
	is "$status:$output" '0:gpus none'
	run_salloc --ds-model=350M sh -c 'echo "gpus ${SLURM_GPUS_ON_NODE:-none}"'
	is "$status:$output" '0:gpus none'
	slurm_env=()
	run_salloc --ds-model=350M --gres=none true
	is "$status" 0
	lacks "$(shown "$job")" 'gpu[:=][a-z1-9]'
	run_sbatch --hold --wrap true --ds-model=7B --gres=none : "${request[@]}" --ds-model=350M
	submitted
	no_gpus "$job+0"
	is "$(held_tres "$job+1" TresPerNode)" gpu:a100:4
	run_sbatch --hold --wrap true "${request[@]}" --ds-model=350M : --ds-model=7B --gres=none
	submitted
	is "$(held_tres "$job+0" TresPerNode)" gpu:a100:4
	no_gpus "$job+1"
}

@test "--gres=none is passed on even where the submit host has no configuration" {
	demo_in_force 's/^x//'
	echo 'colour = blue' >broken.conf
	with_conf "$PWD/broken.conf"
	run_sbatch_hold --ds-model=7B --gres=none
	submitted
	matches "$(said)" '^not sized: .*broken.conf:1'
	no_gpus "$job"
}

@test "the word for it, forged, leaves a job without GPUs without them, and does nothing else" {
	demo_in_force 's/^x//'
	passes "$(option_name ds-model)=13B" "$(option_name ds-zero)=3" DSFIT_SAID=no-gpus
	run_sbatch_hold "${request[@]}"
	corrected
	run_sbatch_hold "${request[@]}" -p strict
	((status != 0))
	matches "$(said)" '^refused: 13B'
	# The node's GPUs come with it.
	run_sbatch_hold --exclusive -p strict
	((status != 0))
	run_sbatch_hold -p strict
	submitted
	no_gpus "$job"
	passes DSFIT_SAID=no-gpus
	run_sbatch_hold -p strict
	((status != 0))
	matches "$(said)" '^refused: the job does not declare its model'
}

# --- --gres and --gpus-per-node ----------------------------------------------------------

@test "no correction and no alternative has GPUs in --gres and in --gpus-per-node" {
	demo_in_force 's/^x//'
	local request both='--gpus-per-node=.*--gres=gpu|--gres=gpu.*--gpus-per-node='
	for request in '--gres=gpu:a100:4' '--gres=gpu:0 --exclusive' '--gres=none --exclusive' \
		'--gres=gpu:0 --gpus-per-task=0 -n1 --exclusive'; do
		run_sbatch_hold "${too_big[@]}" -N1 $request
		submitted
		matches "$(said)" '^corrected: '
		lacks "$(said)" "$both"
		lacks "$(held_tres "$job" TresPerNode)" 'gpu:.*gpu:'
	done
	(($(release) < 2411)) || {
		run_sbatch_hold "${too_big[@]}" -N1 -n1 --exclusive --gres=gpu:0 \
			--tres-per-task=gres/gpu:0
		submitted
		lacks "$(held_tres "$job" TresPerNode)" 'gpu:.*gpu:'
	}
	# What to type goes with the --gres that a script has.
	printf '%s\n' '#!/bin/sh' '#SBATCH --gres=gpu:rtx4090:2' true >job.sh
	for model in 30B 200B; do
		run_sbatch --hold -p strict --ds-model="$model" --ds-zero=3 -N1 job.sh
		((status != 0))
		matches "$(said)" '(instead|training): .*--gres=gpu:'
		lacks "$(said)" '--gpus-per-node='
	done
	run_sbatch --hold -p strict --ds-model=30B --ds-zero=3 -N1 job.sh
	request=$(alternatives | head -n 1)
	[[ $request ]]
	run_sbatch --hold --ds-model=30B --ds-zero=3 $request job.sh
	submitted
	matches "$(said)" '^fits: '
}

# --- long values, help, and two plugins ----------------------------------------------------

@test "a value of a megabyte is one short line" {
	local option
	demo_in_force 's/^x//'
	for option in ds-model= ds-model=/ ds-zero= ds-model=dsfit1,; do
		{
			printf '#!/bin/sh\n#SBATCH --ds-model=7B\n#SBATCH --%s' "$option"
			head -c 1000000 /dev/zero | tr '\0' 3
			printf '\ntrue\n'
		} >job.sh
		run_sbatch --hold job.sh
		((status != 0))
		is "$(said | wc -l)" 1
		(($(said | wc -c) < 160))
		matches "$(said)" 'longer than [0-9]+ characters$'
	done
	demo_in_force 's/^mode = correct/mode = advise/'
	run_sbatch --hold job.sh
	submitted
	(($(said | wc -c) < 160))
}

@test "help-url: the last line of every refusal" {
	demo_in_force 's|^mode = correct|&\nhelp-url = "https://docs.example.org/dsfit"|'
	local line='  help: https://docs.example.org/dsfit'
	run_sbatch_hold --ds-model=560B "${request[@]}"
	refused
	is "$(said | tail -n 1)" "$line"
	run_sbatch_hold --ds-model=nosuch "${request[@]}"
	refused
	is "$(said | tail -n 1)" "$line"
	run_sbatch_hold -p strict "${request[@]}"
	((status != 0))
	is "$(said | tail -n 1)" "$line"
	without_client_plugin
	run_sbatch_hold "${too_big[@]}" -p strict "${request[@]}"
	((status != 0))
	is "$(said | tail -n 1)" "$line"
	run_sbatch_hold "${too_big[@]}" "${request[@]}"
	submitted
	lacks "$(said)" 'help:'
}

@test "two copies of the plugin: said once, and one does everything" {
	demo_in_force 's/^x//'
	local name
	mkdir one two
	for name in spank_dsfit.so dsfit_submit.so; do
		cluster run cp "$(plugin_file $name)" "$PWD/one"
		cluster run cp "$(plugin_file $name)" "$PWD/two"
	done
	with_plugstack "required $PWD/one/spank_dsfit.so conf=$conf"$'\n'"required $PWD/two/spank_dsfit.so conf=$conf"
	run_sbatch_hold --ds-model=7B --gpus-per-node=h100:8
	submitted
	is "$(said | grep -c twice)" 1
	matches "$(said)" "^plugstack.conf names this plugin twice: $PWD/one/spank_dsfit.so is used, $PWD/two/spank_dsfit.so is not"
	is "$(said | grep -c '^fits: 7B')" 1
	lacks "$stderr" 'provided by both'
	run_srun --ds-model=350M --gpus=h100:1 true
	is "$status" 0
	is "$(said | grep -c twice)" 1
	lacks "$stderr" 'provided by both'
	# Who declares nothing reads nothing.
	run_sbatch_hold --gpus-per-node=h100:8
	submitted
	is "$stderr" ''
	# A link to the same file is the same file.
	rm two/*
	ln -s ../one/spank_dsfit.so two/
	run_sbatch_hold --ds-model=7B --gpus-per-node=h100:8
	is "$(said | grep -c '^fits: 7B')" 1
}

@test "half a plugin sizes no job, says so once, and keeps none from running" {
	mkdir half
	cluster run cp "$(plugin_file spank_dsfit.so)" "$PWD/half"
	with_plugstack "required $PWD/half/spank_dsfit.so conf=$conf"
	run_sbatch_hold --ds-model=7B --ds-zero=3 --gpus-per-node=h100:8
	submitted
	is "$(said | grep -c '^not sized: ')" 1
	matches "$(said)" "^not sized: $PWD/half/dsfit_submit.so: cannot open shared object file"
	# The other half is an older one.
	echo 'const struct { const char *version; } dsfit_submit_body = { "0.0.1" };' >body.c
	cluster run cc -fPIC -shared -o "$PWD/half/dsfit_submit.so" "$PWD/body.c"
	run_sbatch_hold --ds-model=7B --ds-zero=3 --gpus-per-node=h100:8
	submitted
	matches "$(said)" '^not sized: dsfit_submit.so is of another version than spank_dsfit.so'
	run_sbatch_hold --gpus-per-node=h100:8
	submitted
	is "$stderr" ''
}

@test "--help lists the options; --usage is a text of Slurm's own" {
	local command
	for command in sbatch salloc srun; do
		run_on "$command" --help
		is "$(grep -c -e ' --ds-' <<<"$output")" 17
		run_on "$command" --usage
		is "$status" 0
		lacks "$output$stderr" '--ds-'
	done
}

# --- Slurm has the last word ---------------------------------------------------------------

@test "Slurm refuses what was corrected: dsfit's lines, then Slurm's" {
	((!EUID)) || skip "root alone may change a partition"
	demo_in_force 's/^x//'
	cluster run scontrol update partitionname=gpu maxnodes=1
	run_srun --immediate=1 "${too_big[@]}" "${request[@]}" true
	cluster run scontrol update partitionname=gpu maxnodes=unlimited
	((status != 0))
	matches "$stderr" 'dsfit: corrected: .*-N 3'
	matches "$stderr" 'srun: error: Unable to allocate resources: '
}
