"""Addresses of the way to a pairing."""

from django.urls import path

from qianshou.bonds.views import ceremonies, public, road, texts

app_name = "bonds"
urlpatterns = [
    path("", road.list_pairs, name="road"),
    path("bulk/", road.bulk, name="bulk"),
    path("propose/<uuid:child_id>/", road.propose, name="propose"),
    path("pairs/<uuid:pairing_id>/", road.pair, name="pair"),
    path("pairs/<uuid:pairing_id>/review/", road.review, name="review"),
    path("pairs/<uuid:pairing_id>/offer/", road.offer, name="offer"),
    path("pairs/<uuid:pairing_id>/answer/", road.answer, name="answer"),
    path("pairs/<uuid:pairing_id>/link/", road.link, name="make-link"),
    path("pairs/<uuid:pairing_id>/sign/", road.sign, name="sign"),
    path("pairs/<uuid:pairing_id>/plan/", road.plan, name="plan"),
    path("pairs/<uuid:pairing_id>/meet/", road.meet, name="meet"),
    path("pairs/<uuid:pairing_id>/withdraw/", road.withdraw, name="withdraw"),
    path("pairs/<uuid:pairing_id>/agreement.pdf", road.paper, name="paper"),
    path("text/", texts.text, name="text"),
    path("terms/", texts.terms, name="terms"),
    path("ceremonies/", ceremonies.ceremonies, name="ceremonies"),
    path("ceremonies/<uuid:ceremony_id>/", ceremonies.ceremony, name="ceremony"),
    path("ceremonies/<uuid:ceremony_id>/add/", ceremonies.add, name="ceremony-add"),
    path("ceremonies/<uuid:ceremony_id>/close/", ceremonies.close, name="ceremony-close"),
    path("mine/<uuid:offer_id>/", public.my_offer, name="my-offer"),
    path("mine/agreement/<uuid:agreement_id>/", public.my_agreement, name="my-agreement"),
    path("mine/agreement/<uuid:agreement_id>/paper.pdf", public.my_paper, name="my-paper"),
    path("g/<str:secret>/", public.link, name="link"),
]
