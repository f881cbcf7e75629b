"""What the import rules in pyproject.toml cannot say."""

import ast

from tests.architecture.source import DOMAIN, FACES, SRC, Module, modules

WEB_ONLY = ("django.http", "django.shortcuts", "django.contrib.messages")
BYPASSES = {"objects", "save", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# What `access.actions.crm` wraps is found there; these are the steps beneath an import.
STEPS_OF_AN_IMPORT = {"apply_rows", "write_plan", "ApplySteps"}


def test_domain_apps_know_nothing_of_requests_and_pages() -> None:
    found = [
        f"{module.at(node)} imports {name}"
        for module in modules(*DOMAIN, "core")
        for node, name in module.imports()
        if name.startswith(WEB_ONLY)
    ]
    assert found == []


def test_faces_read_by_queries_and_write_by_actions_only() -> None:
    found = [
        f"{module.at(node)} names .{node.attr}"
        for module in modules(*FACES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in BYPASSES
    ]
    assert found == []


def test_faces_call_no_crm_write_that_can_end_an_access() -> None:
    guarded = wrapped_crm_writes() | STEPS_OF_AN_IMPORT
    assert {"update_contact", "archive_customers", "set_customer_status", "start_import"} <= guarded
    assert {"merge_contacts", "merge_customers"} <= guarded
    # Neither by its own name nor by way of the module it stands in.
    whole = {f"tradedoor.crm.actions.{path.stem}" for path in (SRC / "crm" / "actions").glob("*.py")}
    found = [
        f"{module.at(node)} imports {name}"
        for module in modules(*FACES, "config", "demo", "catalog", "stores", "web")
        for node, name in module.imports()
        if name in whole | {"tradedoor.crm.actions"}
        or (name.startswith("tradedoor.crm.") and name.rpartition(".")[2] in guarded)
    ]
    assert found == []


def test_only_access_applies_an_import() -> None:
    """As work of another kind it would go round what follows for accesses."""
    found = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any("ApplySteps" in ast.unparse(base) for base in node.bases)
    ]
    assert [place.partition(":")[0] for place in found] == ["src/tradedoor/access/jobs.py"]


def wrapped_crm_writes() -> set[str]:
    """The CRM's own actions that these two call: each of them can end or move an access."""
    names = set()
    for wrapper in modules("access"):
        if wrapper.path not in {SRC / "access/actions/crm.py", SRC / "access/actions/merging.py"}:
            continue
        apart = {
            name.rpartition(".")[2]
            for _node, name in wrapper.imports()
            if name.startswith("tradedoor.crm.actions.")
        }
        names |= {
            node.func.attr
            for node in ast.walk(wrapper.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) in apart
        }
    return names


def test_only_one_module_writes_the_state_and_the_tab_of_an_access() -> None:
    found = [
        place
        for module in modules("access", "demo", *FACES, "web", "config")
        if module.path != SRC / "access" / "actions" / "states.py"
        for place in state_writes(module)
    ]
    assert found == []


def state_writes(module: Module) -> list[str]:
    """Places that set `.state = …` or `.tab = …` on an access, update it by these, or make an access."""
    found = []
    for node in ast.walk(module.tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(
            isinstance(target, ast.Attribute)
            and target.attr in {"state", "tab"}
            and "access" in ast.unparse(target.value)
            for target in targets
        ):
            found.append(f"{module.at(node)} assigns a state")
        if isinstance(node, ast.Call) and writes_access_state(node):
            found.append(f"{module.at(node)} writes a state")
    return found


def writes_access_state(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    keywords = {keyword.arg for keyword in call.keywords}
    if called == "Access" or called.endswith(".Access"):
        return True
    if called.startswith("Access.objects") and called.endswith(("create", "bulk_create", "bulk_update")):
        return True
    return (
        called.startswith("Access.objects")
        and called.endswith(".update")
        and bool({"state", "tab"} & keywords)
    )


def test_nothing_of_ours_hangs_on_a_signal() -> None:
    found = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        for node, name in module.imports()
        if name.startswith("django.") and (".signals" in name or name == "django.dispatch.receiver")
    ]
    assert found == []


def test_nothing_is_imported_inside_a_function_but_where_an_app_becomes_ready() -> None:
    """Models cannot be imported before that."""
    found = [
        module.at(node)
        for module in modules()
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and not (module.path.name == "apps.py" and function.name == "ready")
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_no_one_catches_everything_and_goes_on() -> None:
    found = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "BaseException")
        and ast.unparse(node.body[-1]) != "raise"
    ]
    assert found == []


def test_the_domain_asks_for_an_actor_by_keyword_and_always() -> None:
    """An optional actor is a check that can be forgotten."""
    found = [
        f"{module.at(function)} {function.name}"
        for module in modules(*DOMAIN)
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef)
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        if argument.arg == "actor"
        and (default is not None or "None" in ast.unparse(argument.annotation or ast.Constant("")))
    ]
    assert found == []
