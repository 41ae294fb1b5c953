#!/usr/bin/env bats
# Jobs that say nothing of what they train, through clients that do not know of dsfit.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	without_plugin
}

# turned_away: the controller refused it, and says what would be accepted.
turned_away() {
	refused
	matches "$(said)" '^refused: the job does not declare its model'
	# srun and salloc have no script.
	[[ $stderr != sbatch* ]] || matches "$(said)" $'put this line into the script, with what it trains:\n +#SBATCH --ds-model=MODEL --ds-zero=STAGE --ds-batch=SAMPLES --ds-seq=TOKENS\n'
	matches "$(said)" 'declare it with --ds-model: a size such as 13B'
	matches "$stderr" '[Aa]ccess/permission denied'
}

@test "strict: an sbatch with an empty plugstack.conf is refused" {
	run_sbatch_hold -p strict -N1 --gpus-per-node=a100:4
	turned_away
	run_sbatch_hold -p strict
	turned_away
}

@test "strict: salloc and srun too" {
	run_salloc -p strict --gpus=1 true
	turned_away
	run_srun -p strict --gpus=1 true
	turned_away
}

@test "strict: a client that is no command of Slurm's" {
	run_on "$BATS_RUN_TMPDIR/client" partition=strict tres_per_node=gres:gpu:a100:4
	is "$status" 1
	# ESLURM_ACCESS_DENIED
	is "$output" 2002
	is "$(own_jobs -t all)" ''
}

@test "strict, one of several partitions" {
	run_sbatch_hold -p gpu,strict --gpus=1
	turned_away
}

@test "strict: --ds-model=none is no declaration" {
	passes "$(option_name ds-model)=none"
	run_sbatch_hold -p strict --gpus=1
	turned_away
}

@test "strict: every form of GPUs" {
	local form
	for form in --gpus=1 --gpus-per-node=2 --gres=gpu:1 '-n2 --gpus-per-task=1' --exclusive \
		'--gpus-per-socket=1 --sockets-per-node=1' '-n2 --ntasks-per-gpu=1' \
		--gres=gpu:a100:1,gpu:h100:1; do
		run_sbatch_hold -p strict $form
		((status != 0))
		matches "$(said)" '^refused: '
	done
}

@test "where the policy accepts them: as if there were no plugin" {
	local request
	for request in "-N1 --gpus-per-node=a100:4" "--gpus=2 --mem=1G" "-n4 --gpus-per-task=a100:1"; do
		run_sbatch_hold $request
		submitted
		is "$stderr" ''
		is "$(comment "$job")" ''
	done
}
