"""What a program does with trials: begin, look, end, and keep the policies that decide by themselves."""

import pytest

from powertheft.actions.ports import NewModelVersion, NewScoring

WHY = {"reason": "trained on the new tariff"}


@pytest.fixture
def manager(house, program_of):
    with house.begin() as work:
        for number in (1, 2):
            work.models.add_version("theft", NewModelVersion(f"theft/v-{number}", "bills@1", "lightgbm", {}, {}))
        work.models.change_state("theft", 1, "be promoted", reason="first")
        work.scorings.add_scoring(NewScoring("s-1", "bills@1", "theft@1", 300, {}))
    return program_of("manager")


def test_a_trial_is_begun_looked_at_and_ended(manager, house):
    assert manager.get("/trials").json == {"items": [], "next": None}
    begun = manager.post("/trials", json={"challenger": "theft@2", **WHY})
    assert begun.status_code == 201
    assert (begun.json["champion"], begun.json["state"]) == ("theft@1", "running")
    with house.read() as work:
        [job] = work.jobs.list_jobs()
    assert (job.kind, job.arguments["model"], job.arguments["shadow"]) == ("model.score", "theft@2", True)
    seen = manager.get("/trials/1").json
    assert (seen["decision"], seen["next_look_at"], seen["has_policy"], seen["difference"]) == (
        "go on",
        40,
        False,
        None,
    )
    assert manager.get("/trials/1/shadow").json["random"] == {"visits": 0, "found": 0, "compared": None}
    again = manager.post("/trials", json={"challenger": "theft@2", **WHY})
    assert again.status_code == 409
    assert manager.post("/trials/1/give-up", json={"reason": "no"}).json["state"] == "given up"
    assert manager.post("/trials/1/promote", json={"reason": "yes"}).status_code == 409
    assert manager.get("/models/theft/versions/2").json["state"] == "retired"
    assert [one["number"] for one in manager.get("/trials?model=theft").json["items"]] == [1]


def test_policies_are_kept_and_taken_back_and_noise_is_refused(manager):
    for name, content in (("promotion", {"better_by": 0.05}), ("retraining", {"months": 6, "alerts": ["hit_rate"]})):
        place = f"/models/theft/{name}"
        assert manager.get(place).json == {"policy": None}
        kept = manager.put(place, json=content)
        assert kept.status_code == 200
        assert manager.get(place).json == kept.json
        assert kept.json["policy"].items() >= content.items()
        assert manager.delete(place).status_code == 204
        assert manager.get(place).json == {"policy": None}
    refused = manager.put("/models/theft/promotion", json={"p_value": 0.5})
    assert refused.status_code == 422
    assert "50 of 100 models that are no better" in refused.text
    assert manager.put("/models/theft/retraining", json={"alerts": ["disk_nearly_full"]}).status_code == 422


def test_what_is_not_there_is_not_found_and_who_may_not_decide_is_refused(manager, program_of):
    for place in ("/trials/7", "/trials/7/shadow", "/models/nobody/promotion", "/trials?model=nobody"):
        assert manager.get(place).status_code == 404
    assert manager.put("/models/nobody/promotion", json={}).status_code == 404
    assert manager.post("/trials/7/stop", json=WHY).status_code == 404
    analyst = program_of("analyst")
    assert analyst.get("/trials").status_code == 200
    assert analyst.post("/trials", json={"challenger": "theft@2", **WHY}).status_code == 403
    assert analyst.put("/models/theft/promotion", json={}).status_code == 403
