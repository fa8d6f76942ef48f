"""The same day in the routing solver of OR-Tools, which only tests and measurements have."""

from typing import Any

from qianshou.engines.touring.day import LATE, Day


def order_of(day: Day, *, seconds: float) -> tuple[int, ...]:
    """Return the order that OR-Tools finds by guided local search in the time given."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(day.stops + 1, 1, 0)
    model = pywrapcp.RoutingModel(manager)

    def travel(one: int, other: int) -> int:
        return int(day.travel[manager.IndexToNode(one), manager.IndexToNode(other)])

    def passing(one: int, other: int) -> int:
        return travel(one, other) + int(day.service[manager.IndexToNode(one)])

    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitCallback(travel))
    clock = model.RegisterTransitCallback(passing)
    model.AddDimension(clock, 100_000, 200_000, False, "clock")
    times: Any = model.GetDimensionOrDie("clock")
    times.SetGlobalSpanCostCoefficient(1)
    start = model.Start(0)
    times.CumulVar(start).SetValue(int(day.opens[0]))
    for stop in range(1, day.stops + 1):
        index = manager.NodeToIndex(stop)
        times.CumulVar(index).SetMin(int(day.opens[stop]))
        times.SetCumulVarSoftUpperBound(index, int(day.closes[stop]), LATE)
    times.SetCumulVarSoftUpperBound(model.End(0), int(day.closes[0]), LATE)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    asked.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    asked.time_limit.FromMilliseconds(int(1000 * seconds))
    found = model.SolveWithParameters(asked)
    index, order = found.Value(model.NextVar(start)), []
    while not model.IsEnd(index):
        order.append(manager.IndexToNode(index))
        index = found.Value(model.NextVar(index))
    return tuple(order)
